using System.Globalization;

namespace DigestService.Papers.Citations;

/// <summary>
/// An author's name in the parts that reference managers ask for. A group, a company or a name in one word of Chinese has
/// none: it is cited as it is written.
/// </summary>
internal sealed record CitedName
{
    private static readonly HashSet<string> Suffixes = new(StringComparer.OrdinalIgnoreCase) { "jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "2nd", "3rd" };

    private static readonly HashSet<string> Particles = new(StringComparer.Ordinal)
    {
        "van", "von", "der", "den", "de", "del", "della", "delle", "dei", "degli", "di", "da", "dos", "das", "do", "du", "des", "la", "le", "las", "los", "ter", "ten",
        "te", "op", "al", "el", "bin", "ibn", "ben", "zu", "zur", "zum", "af", "av", "'t", "d'", "y",
    };

    private static readonly HashSet<string> GroupWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "collaboration", "collaborations", "team", "group", "consortium", "network", "project", "initiative", "committee", "association", "society", "foundation",
        "institute", "university", "laboratory", "laboratories", "lab", "labs", "department", "center", "centre", "agency", "organization", "organisation", "council",
        "ministry", "inc", "inc.", "ltd", "ltd.", "llc", "gmbh", "corporation", "corp", "corp.", "company", "investigators", "authors", "members", "community", "research",
        "deepmind", "openai", "google", "microsoft", "nvidia", "anthropic", "alibaba", "bytedance", "tencent", "huawei", "baidu", "ai",
    };

    /// <summary>The family name, particles and all; the whole of a name that has no parts.</summary>
    public required string Family { get; init; }

    /// <summary>Given names and initials.</summary>
    public string Given { get; init; } = "";

    /// <summary>"Jr." and the like.</summary>
    public string Suffix { get; init; } = "";

    /// <summary>What stands before the family name and belongs to it, such as "van der".</summary>
    public string Particle { get; init; } = "";

    /// <summary>True for a group, a company and everything else that is no person's name in parts.</summary>
    public bool IsLiteral { get; init; }

    /// <summary>The family name with its particle.</summary>
    public string WholeFamily => Particle.Length == 0 ? Family : $"{Particle} {Family}";

    /// <summary>The parts of a name written in either order.</summary>
    public static CitedName Of(string name)
    {
        var parts = name.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length == 0 || IsGroup(name))
            return new CitedName { Family = name.Trim(), IsLiteral = true };
        if (parts is [var family, var given] && !Suffixes.Contains(given))
            return OfParts(Words(family), Words(given), "");
        if (parts is [var last, var first, var third])
            return Suffixes.Contains(third) ? OfParts(Words(last), Words(first), third) : OfParts(Words(last), Words(third), first);
        return OfReadingOrder(Words(parts[0]), parts.Length > 1 ? parts[1] : "");
    }

    private static CitedName OfReadingOrder(List<string> words, string suffix)
    {
        if (suffix.Length == 0 && words.Count > 2 && Suffixes.Contains(words[^1]))
        {
            suffix = words[^1];
            words.RemoveAt(words.Count - 1);
        }

        if (words.Count == 1)
            return new CitedName { Family = words[0], Suffix = suffix, IsLiteral = suffix.Length == 0 };
        // Chinese, Japanese and Korean names begin with the family; so do names with bare initials behind them.
        if (words.TrueForAll(IsHan) || (IsInitials(words[^1]) && words[0].Length > 1 && !words[0].EndsWith('.') && !words[0].All(char.IsUpper)))
            return OfParts(words[..^1], [words[^1]], suffix);
        var start = words.FindIndex(1, word => Particles.Contains(word));
        if (start < 0 || start == words.Count - 1)
            start = words.Count - 1;
        return OfParts(words[start..], words[..start], suffix);
    }

    private static CitedName OfParts(List<string> family, List<string> given, string suffix)
    {
        if (suffix.Length == 0 && given.Count > 1 && Suffixes.Contains(given[^1]))
        {
            suffix = given[^1];
            given.RemoveAt(given.Count - 1);
        }

        var particles = family.TakeWhile(Particles.Contains).Count();
        if (particles == family.Count)
            particles = 0;
        return new CitedName
        {
            Family = string.Join(' ', family.Skip(particles)),
            Particle = string.Join(' ', family.Take(particles)),
            Given = string.Join(' ', given),
            Suffix = suffix,
        };
    }

    private static bool IsGroup(string name)
    {
        if (name.Contains('&', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal))
            return true;
        var words = name.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 1 && (words[0] is "The" or "the" or "Team" || words.Contains("and", StringComparer.Ordinal) || words.Contains("of", StringComparer.Ordinal)
            || words.Contains("for", StringComparer.Ordinal) || GroupWords.Contains(words[^1]) || GroupWords.Overlaps(words.Skip(1)));
    }

    // "J", "JP", "J.", "J.P.", "J.-P."
    private static bool IsInitials(string word) =>
        word.Count(char.IsUpper) is 1 or 2 or 3 && word.All(letter => char.IsUpper(letter) || letter is '.' or '-') && (word.Contains('.') || word.Length <= 3);

    private static bool IsHan(string word) => word.Length <= 4 && word.All(letter => letter is >= '\u3400' and <= '\u9FFF' or >= '\uAC00' and <= '\uD7AF');

    private static List<string> Words(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
}
