using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace DigestService.Platform;

/// <summary>
/// Reads the service's settings strictly: a value that cannot be read, breaks its annotation, or stands under a key
/// nobody knows stops the start with a sentence that names the key.
/// </summary>
internal static class Settings
{
    /// <summary>Every section there is; what stands beside them in a file is refused.</summary>
    public static readonly IReadOnlyList<string> Sections =
        ["Admin", "ConnectionStrings", "Data", "Delivery", "Digest", "Dkim", "Inbox", "Logging", "Mail", "Relevance", "Site", "Smtp", "Sources", "Subscribers", "Urls"];

    /// <summary>
    /// <c>appsettings.json</c> beside the program and in the working directory, then the environment. What is empty in one
    /// of them is unset there; <c>KEY_FILE</c> gives the content of that file to <c>KEY</c>.
    /// </summary>
    /// <exception cref="OperatorException">A file cannot be read, or a section in one or in the environment is unknown.</exception>
    public static IConfigurationRoot Load() => Load(AppContext.BaseDirectory, WorkingDirectory());

    /// <inheritdoc cref="Load()"/>
    public static IConfigurationRoot Load(params IEnumerable<string> directories)
    {
        var builder = new ConfigurationBuilder();
        foreach (var file in directories.Select(directory => Path.Combine(directory, "appsettings.json")).Distinct(StringComparer.Ordinal))
        {
            if (ReadFile(file) is { } content)
                builder.AddInMemoryCollection(SettingSources.Read(content));
        }

        MistypedSettings.Refuse(Environment.GetEnvironmentVariables().Keys.Cast<string>());
        builder.AddInMemoryCollection(SettingSources.Read(new ConfigurationBuilder().AddEnvironmentVariables().Build()));
        var settings = builder.Build();
        CheckUrls(settings.GetSection("Urls"));
        CheckLogging(settings.GetSection("Logging"));
        return settings;
    }

    private static string WorkingDirectory()
    {
        try
        {
            return Directory.GetCurrentDirectory();
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new OperatorException("The folder in which this was started does not exist any more: change to one that does.", gone);
        }
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
        // What is empty is unset, wherever the settings came from.
        var values = new ConfigurationBuilder()
            .AddInMemoryCollection(configuration.GetSection(section).AsEnumerable().Where(entry => !string.IsNullOrWhiteSpace(entry.Value)))
            .Build()
            .GetSection(section);
        CheckSection(values, typeof(T));
        var options = values.Get<T>() ?? new T();
        if (SettingValues.Faults(options).FirstOrDefault() is { } fault)
            throw new OperatorException($"Setting {string.Join(", ", fault.MemberNames.Select(name => $"{section}__{name}"))}: {fault.ErrorMessage}");
        return options;
    }

    private static IConfigurationRoot? ReadFile(string file)
    {
        if (!File.Exists(file))
            return null;
        IConfigurationRoot content;
        try
        {
            content = new ConfigurationBuilder().AddJsonFile(file).Build();
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"{file} cannot be read: {WhyUnreadable(file, unreadable)}", unreadable);
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

        return content;
    }

    private static string WhyUnreadable(string file, Exception refused) => refused.GetBaseException() switch
    {
        JsonException broken => $"it {FileWords.IsNoJson(broken)}",
        FormatException wrong => wrong.Message,
        var other => FileWords.WhyUnreadable(file, other, "put it back."),
    };

    private static void CheckUrls(IConfigurationSection urls)
    {
        if (urls.GetChildren().Any())
            throw new OperatorException("Setting Urls: it is no list; write the addresses into one value, with ; between them.");
        foreach (var url in (urls.Value ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!IsListenable(url))
                throw new OperatorException($"Setting Urls: '{url}' is no address to listen on, such as http://127.0.0.1:8080; https is for a proxy in front.");
        }
    }

    private static bool IsListenable(string url)
    {
        try
        {
            return BindingAddress.Parse(url) is { PathBase: "", Port: <= 65535 } address && address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static void CheckLogging(IConfigurationSection logging)
    {
        if (logging["Format"] is { } format && SettingValues.Unreadable(typeof(LogFormat), format) is { } unknown)
            throw new OperatorException($"Setting Logging__Format: {unknown}");
        foreach (var entry in logging.AsEnumerable().Where(entry => entry.Value is not null && entry.Key.Contains(":LogLevel:", StringComparison.OrdinalIgnoreCase)))
        {
            if (SettingValues.Unreadable(typeof(LogLevel), entry.Value!) is { } fault) // filtered above
                throw new OperatorException($"Setting {Name(entry.Key)}: {fault}");
        }
    }

    private static void CheckSection(IConfigurationSection section, Type type)
    {
        var known = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        if (section.Value is not null)
            throw new OperatorException($"Setting {Name(section.Path)} is a section; it knows {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}.");
        foreach (var child in section.GetChildren())
        {
            if (!known.TryGetValue(child.Key, out var property))
            {
                throw new OperatorException(
                    $"Setting {Name(child.Path)} is unknown; {Name(section.Path)} knows {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}.");
            }

            CheckValue(child, property.PropertyType);
        }

        CheckAccount(section, known.Keys);
    }

    /// <summary>An account without its secret logs in nowhere.</summary>
    private static void CheckAccount(IConfigurationSection section, IReadOnlyCollection<string> known)
    {
        if (!known.Contains("User", StringComparer.Ordinal) || !known.Contains("Password", StringComparer.Ordinal))
            return;
        var secrets = ((string[])["Password", "AccessToken", "AccessTokenFile"]).Where(secret => known.Contains(secret, StringComparer.Ordinal)).ToList();
        if (section["User"] is not null && secrets.TrueForAll(secret => section[secret] is null))
            throw new OperatorException($"Setting {Name(section.Path)}__User: the account needs {string.Join(" or ", secrets.Select(secret => $"{Name(section.Path)}__{secret}"))} as well.");
    }

    private static void CheckValue(IConfigurationSection setting, Type type)
    {
        if (SettingValues.ItemOf(type) is { } item)
        {
            if (setting.Value is not null)
                throw new OperatorException($"Setting {Name(setting.Path)} is a list: set {Name(setting.Path)}__0 and so on.");
            foreach (var child in setting.GetChildren())
                CheckValue(child, item);
        }
        else if (SettingValues.IsSection(type))
        {
            CheckSection(setting, type);
        }
        else if (setting.GetChildren().FirstOrDefault() is { } below)
        {
            throw new OperatorException($"Setting {Name(below.Path)} is unknown; {Name(setting.Path)} is a single value.");
        }
        else if (setting.Value is { } value && SettingValues.Unreadable(type, value) is { } fault)
        {
            throw new OperatorException($"Setting {Name(setting.Path)}: {fault}");
        }
    }

    private static string Name(string path) => path.Replace(":", "__", StringComparison.Ordinal);
}
