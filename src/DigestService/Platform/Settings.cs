using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace DigestService.Platform;

/// <summary>
/// Reads the service's settings strictly: a value that cannot be read, breaks its annotation, or stands under a key
/// nobody knows stops the start with a sentence that names the key.
/// </summary>
internal static class Settings
{
    private const string SecretFileSuffix = "_FILE";

    /// <summary>
    /// <c>appsettings.json</c> beside the program and in the working directory, then the environment. Any
    /// <c>KEY_FILE</c> variable gives the content of that file to <c>KEY</c>.
    /// </summary>
    public static IConfigurationRoot Load()
    {
        var builder = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddJsonFile(Path.Combine(Directory.GetCurrentDirectory(), "appsettings.json"), optional: true)
            .AddEnvironmentVariables();
        builder.AddInMemoryCollection(SecretsFromFiles());
        return builder.Build();
    }

    /// <summary>Binds <typeparamref name="T"/> to its section, checks it now, and registers it for injection.</summary>
    /// <exception cref="OperatorException">A key is unknown, unreadable or out of range.</exception>
    public static IServiceCollection AddSettings<T>(
        this IServiceCollection services, IConfiguration configuration, string section)
        where T : class, new()
    {
        var options = Bind<T>(configuration, section);
        services.AddSingleton(options);
        return services.AddSingleton<IOptions<T>>(Options.Create(options));
    }

    /// <summary>Binds and checks one section.</summary>
    /// <exception cref="OperatorException">A key is unknown, unreadable or out of range.</exception>
    public static T Bind<T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        var values = configuration.GetSection(section);
        RefuseUnknownKeys(values, typeof(T));
        T options;
        try
        {
            options = values.Get<T>() ?? new T();
        }
        catch (InvalidOperationException unreadable)
        {
            throw new OperatorException($"Setting {section}: {unreadable.Message}", unreadable);
        }

        Validate(options, section);
        return options;
    }

    private static void Validate(object options, string section)
    {
        var failures = new List<ValidationResult>();
        if (Validator.TryValidateObject(options, new ValidationContext(options), failures, validateAllProperties: true))
            return;
        var first = failures[0];
        var key = string.Join(", ", first.MemberNames.Select(name => $"{section}__{name}"));
        throw new OperatorException($"Setting {key}: {first.ErrorMessage}");
    }

    private static void RefuseUnknownKeys(IConfigurationSection section, Type type)
    {
        var known = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (child.Key.EndsWith(SecretFileSuffix, StringComparison.OrdinalIgnoreCase)
                && known.ContainsKey(child.Key[..^SecretFileSuffix.Length]))
                continue;
            if (!known.TryGetValue(child.Key, out var property))
            {
                var key = child.Path.Replace(":", "__", StringComparison.Ordinal);
                throw new OperatorException(
                    $"Setting {key} is unknown; {section.Key} knows {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}.");
            }

            RefuseUnknownBelow(child, property.PropertyType);
        }
    }

    private static void RefuseUnknownBelow(IConfigurationSection child, Type type)
    {
        if (type.IsGenericType && typeof(System.Collections.IDictionary).IsAssignableFrom(type))
        {
            foreach (var entry in child.GetChildren())
                RefuseUnknownBelow(entry, type.GetGenericArguments()[1]);
        }
        else if (type.IsGenericType && typeof(System.Collections.IEnumerable).IsAssignableFrom(type))
        {
            foreach (var item in child.GetChildren())
                RefuseUnknownBelow(item, type.GetGenericArguments()[0]);
        }
        else if (type.Namespace?.StartsWith("DigestService", StringComparison.Ordinal) == true && type.IsClass)
        {
            RefuseUnknownKeys(child, type);
        }
    }

    private static Dictionary<string, string?> SecretsFromFiles()
    {
        var secrets = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (!name.EndsWith(SecretFileSuffix, StringComparison.OrdinalIgnoreCase)
                || !name.Contains("__", StringComparison.Ordinal))
                continue;
            var key = name[..^SecretFileSuffix.Length];
            try
            {
                secrets[key.Replace("__", ":", StringComparison.Ordinal)] =
                    File.ReadAllText((string?)variable.Value ?? "").TrimEnd('\r', '\n');
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new OperatorException($"Setting {name}: the file {variable.Value} cannot be read.", unreadable);
            }
        }

        return secrets;
    }
}
