using System.Reflection;

namespace DigestService.Platform;

/// <summary>
/// Finds environment variables that nearly name a setting and so would do nothing. The environment holds much that is not ours:
/// what is surely meant for us stops the start, what may be another program's is told and left alone.
/// </summary>
internal static class MistypedSettings
{
    private const string FileSuffix = "_FILE";
    private const string OwnPrefix = "DIGEST_";
    private const string Database = "ConnectionStrings__Digest";
    private static readonly Lazy<string[]> Keys = new(() => [.. FindKeys().Order(StringComparer.Ordinal)]);

    /// <summary>
    /// Refuses what has the form of a setting, two underscores and all, and a slip in it, such as <c>Smpt__Host</c>,
    /// <c>ConnectionStrings__Digset</c> or <c>DIGEST_Site__BaseUrl</c>.
    /// </summary>
    /// <exception cref="OperatorException">There is one.</exception>
    public static void Refuse(IEnumerable<string> variables)
    {
        foreach (var variable in variables.Order(StringComparer.Ordinal))
        {
            if (Meant(variable) is { } meant)
                throw new OperatorException($"Setting {variable} is unknown; did you mean {meant}?");
        }
    }

    /// <summary>
    /// A sentence for each variable that is written otherwise than a setting and sounds like one that is not set, such as
    /// <c>SMTP_HOST</c> or <c>Url</c>.
    /// </summary>
    public static IEnumerable<string> Hints(IReadOnlyCollection<string> variables) =>
        from variable in variables.Order(StringComparer.Ordinal)
        let key = SoundsLike(variable)
        where key is not null && !variables.Contains(key, StringComparer.OrdinalIgnoreCase) && !variables.Contains(key + FileSuffix, StringComparer.OrdinalIgnoreCase)
        select $"The environment variable {variable} is no setting of this program and is left alone; if it was meant for it, the setting is {key}.";

    private static string? Meant(string variable)
    {
        var end = variable.IndexOf("__", StringComparison.Ordinal);
        if (end < 0)
            return null;
        var (head, rest) = (variable[..end], variable[(end + 2)..]);
        if (head.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase) && SectionOf(head[OwnPrefix.Length..]) is { } prefixed)
            return $"{prefixed}__{rest}";
        return SectionOf(head) switch
        {
            null when head.Length > 2 => Settings.Sections.FirstOrDefault(section => Slips(head, section) == 1) is { } near ? $"{near}__{rest}" : null,
            "ConnectionStrings" => MeantDatabase(rest),
            "Logging" => MeantOfLogging(rest),
            "Urls" => "Urls",
            _ => null,
        };
    }

    private static string? SectionOf(string head) => Settings.Sections.FirstOrDefault(section => section.Equals(head, StringComparison.OrdinalIgnoreCase));

    /// <summary>Other programs have connection strings as well, under names of their own.</summary>
    private static string? MeantDatabase(string name)
    {
        foreach (var key in (string[])["Digest", "Digest" + FileSuffix])
        {
            if (name.Equals(key, StringComparison.OrdinalIgnoreCase))
                return null;
        }

        if (Slips(name, "Digest") <= 2)
            return Database;
        return Slips(name, "Digest" + FileSuffix) <= 2 || name.StartsWith("Digest_", StringComparison.OrdinalIgnoreCase) ? Database + FileSuffix : null;
    }

    private static string? MeantOfLogging(string rest)
    {
        var name = rest.Split("__")[0];
        return ((string[])["Format", "LogLevel"]).FirstOrDefault(key => Slips(name, key) == 1) is { } near ? $"Logging__{near}{rest[name.Length..]}" : null;
    }

    /// <summary>The setting that a variable without two underscores is one slip away from, however its words are parted.</summary>
    private static string? SoundsLike(string variable)
    {
        if (variable.Contains("__", StringComparison.Ordinal) || variable.Equals("Urls", StringComparison.OrdinalIgnoreCase))
            return null;
        if (Slips(variable, "Urls") == 1)
            return "Urls";
        return Closest(variable) ?? (variable.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase) ? Closest(variable[OwnPrefix.Length..]) : null);
    }

    private static string? Closest(string name)
    {
        if (!name.Contains('_', StringComparison.Ordinal) || SectionOf(name[..name.IndexOf('_', StringComparison.Ordinal)]) is not { } section)
            return null;
        // Whole first: some settings are called …File themselves.
        return Closest(section, name)
            ?? (name.EndsWith(FileSuffix, StringComparison.OrdinalIgnoreCase) && Closest(section, name[..^FileSuffix.Length]) is { } key ? key + FileSuffix : null);
    }

    private static string? Closest(string section, string name)
    {
        var words = name.Replace("_", "", StringComparison.Ordinal);
        return Keys.Value.Where(key => key.StartsWith(section + "__", StringComparison.Ordinal))
            .Select(key => (Key: key, Slips: Slips(words, key.Replace("_", "", StringComparison.Ordinal))))
            .Where(near => near.Slips <= 1)
            .OrderBy(near => near.Slips)
            .Select(near => near.Key)
            .FirstOrDefault();
    }

    private static IEnumerable<string> FindKeys()
    {
        yield return Database;
        var types = typeof(Settings).Assembly.GetTypes().Where(type => type is { IsPublic: true, IsAbstract: false, Namespace: not null });
        foreach (var (section, type) in Settings.Sections.Join(types, section => section + "Options", type => type.Name, (section, type) => (section, type), StringComparer.Ordinal))
        {
            foreach (var key in KeysOf(type, section))
                yield return key;
        }
    }

    private static IEnumerable<string> KeysOf(Type type, string path)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanRead))
        {
            var key = $"{path}__{property.Name}";
            var value = property.PropertyType;
            if (SettingValues.ItemOf(value) is { } item)
                (key, value) = (key + "__0", item);
            if (SettingValues.IsSection(value))
            {
                foreach (var below in KeysOf(value, key))
                    yield return below;
            }
            else
            {
                yield return key;
            }
        }
    }

    /// <summary>How many letters more, less, other, or swapped with their neighbour part two words, without regard to case.</summary>
    private static int Slips(string written, string meant)
    {
        var (from, to) = (written.ToUpperInvariant(), meant.ToUpperInvariant());
        var slips = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    slips[i, j] = i + j;
                    continue;
                }

                slips[i, j] = Math.Min(
                    Math.Min(slips[i - 1, j], slips[i, j - 1]) + 1,
                    slips[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    slips[i, j] = Math.Min(slips[i, j], slips[i - 2, j - 2] + 1);
            }
        }

        return slips[from.Length, to.Length];
    }
}
