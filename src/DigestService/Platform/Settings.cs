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

    /// <summary>Every section there is; what stands beside them in a file is refused.</summary>
    public static readonly IReadOnlyList<string> Sections =
        ["Admin", "ConnectionStrings", "Data", "Delivery", "Digest", "Dkim", "Inbox", "Logging", "Mail", "Relevance", "Site", "Smtp", "Sources", "Urls"];

    /// <summary>
    /// <c>appsettings.json</c> beside the program and in the working directory, then the environment. Any
    /// <c>KEY_FILE</c> variable gives the content of that file to <c>KEY</c>.
    /// </summary>
    /// <exception cref="OperatorException">A file cannot be read, or a section in one or in the environment is unknown.</exception>
    public static IConfigurationRoot Load() => Load(AppContext.BaseDirectory, Directory.GetCurrentDirectory());

    /// <inheritdoc cref="Load()"/>
    public static IConfigurationRoot Load(params IEnumerable<string> directories)
    {
        var builder = new ConfigurationBuilder();
        foreach (var file in directories.Select(directory => Path.Combine(directory, "appsettings.json")).Distinct(StringComparer.Ordinal))
        {
            RefuseUnknownSections(file);
            builder.AddJsonFile(file, optional: true);
        }

        RefuseMistyped(Environment.GetEnvironmentVariables().Keys.Cast<string>());
        return builder.AddEnvironmentVariables().AddInMemoryCollection(SecretsFromFiles()).Build();
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

    private static void RefuseUnknownSections(string file)
    {
        if (!File.Exists(file))
            return;
        IConfigurationRoot content;
        try
        {
            content = new ConfigurationBuilder().AddJsonFile(file).Build();
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"{file} cannot be read: {(unreadable.InnerException ?? unreadable).Message}", unreadable);
        }

        foreach (var section in content.GetChildren())
        {
            if (!Sections.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
                throw new OperatorException($"Setting {section.Key} in {file} is unknown; there are {string.Join(", ", Sections)}.");
        }

        foreach (var name in content.GetSection("ConnectionStrings").GetChildren())
        {
            if (!name.Key.Equals("Digest", StringComparison.OrdinalIgnoreCase))
                throw new OperatorException($"Setting ConnectionStrings__{name.Key} in {file} is unknown; there is ConnectionStrings__Digest.");
        }
    }

    /// <summary>
    /// The environment holds much that is not ours; a variable that is one slip away from one of our sections, such as
    /// <c>Smpt__Host</c>, surely is.
    /// </summary>
    /// <exception cref="OperatorException">There is one.</exception>
    public static void RefuseMistyped(IEnumerable<string> variables)
    {
        if (variables.Order(StringComparer.Ordinal).FirstOrDefault(IsMistyped) is { } mistyped)
            throw new OperatorException($"Setting {mistyped} is unknown; did you mean {Nearest(Head(mistyped))}__{mistyped[(Head(mistyped).Length + 2)..]}?");
    }

    private static bool IsMistyped(string variable) =>
        Head(variable) is { Length: > 2 } head
        && !Sections.Contains(head, StringComparer.OrdinalIgnoreCase)
        && Nearest(head) is not null;

    private static string Head(string variable)
    {
        var end = variable.IndexOf("__", StringComparison.Ordinal);
        return end < 0 ? "" : variable[..end];
    }

    private static string? Nearest(string head) =>
        Sections.FirstOrDefault(section => IsOneSlipAway(head.ToUpperInvariant(), section.ToUpperInvariant()));

    /// <summary>One letter more, less or other, or two neighbours swapped.</summary>
    private static bool IsOneSlipAway(string written, string meant)
    {
        var same = written.AsSpan().CommonPrefixLength(meant);
        var (rest, wanted) = (written[same..], meant[same..]);
        return (rest.Length, wanted.Length) switch
        {
            (0, 0) => false,
            var (left, right) when left == right => rest[1..] == wanted[1..]
                || (left > 1 && rest[0] == wanted[1] && rest[1] == wanted[0] && rest[2..] == wanted[2..]),
            var (left, right) when left == right + 1 => rest[1..] == wanted,
            var (left, right) when left + 1 == right => rest == wanted[1..],
            _ => false,
        };
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
