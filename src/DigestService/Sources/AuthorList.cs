using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;

namespace DigestService.Sources;

/// <summary>
/// Lists of authors in one line, as feeds write them: with affiliations and footnote marks, families first or last, with
/// "and", "et al.", degrees, groups and mail addresses. What comes out are names in reading order and nothing else.
/// </summary>
internal static partial class AuthorList
{
    private static readonly FrozenSet<string> Generations = new[] { "jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "2nd", "3rd", "4th" }
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly SearchValues<char> SignsOfMore = SearchValues.Create("([,0123456789*†‡§¶¹²³@");

    private static readonly FrozenSet<string> Degrees = new[]
    {
        "phd", "ph.d.", "ph.d", "ph. d.", "md", "m.d.", "m.d", "dphil", "d.phil.", "msc", "m.sc.", "bsc", "b.sc.", "ms", "m.s.", "ma", "m.a.", "mph", "m.p.h.",
        "mba", "rn", "facs", "frcs", "mbbs", "dvm", "pharmd", "scd", "drph", "dds", "esq", "esq.", "fellow, ieee", "ieee", "member", "senior member", "fellow",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Legal = new[] { "inc", "inc.", "ltd", "ltd.", "llc", "gmbh", "corp.", "corp", "co.", "s.a.", "plc", "ag" }
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Particles = new[]
    {
        "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "la", "le", "ter", "ten", "al", "el", "bin", "ibn", "zu", "af", "av", "'t",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names in a line.</summary>
    /// <param name="names">The line.</param>
    /// <param name="isGivenFirst">True where the source always writes given names first, so that a comma parts people.</param>
    public static IEnumerable<string> Split(string? names, bool isGivenFirst = false)
    {
        if (string.IsNullOrWhiteSpace(names))
            return [];
        var plain = Framing().Replace(MailAddress().Replace(WithoutBrackets(Spaces().Replace(names, " ").Trim()), ""), "").Trim();
        if (Group().Match(plain) is { Success: true } group)
            return Split(group.Groups["group"].Value, isGivenFirst).Concat(Split(plain[group.Length..], isGivenFirst));
        if (plain.Contains(';', StringComparison.Ordinal))
            return Parts(plain, ';').Select(part => LeadingAnd().Replace(part, "")).Select(InReadingOrder).Select(WithoutMarks).Where(IsName);
        // "Doe, Jane and Muster, Max": there the word alone parts people.
        var byWord = And().Split(plain).Select(part => part.Trim(' ', ',')).Where(part => part.Length > 0).ToList();
        if (!isGivenFirst && byWord.Count > 1 && byWord.TrueForAll(part => part.Count(letter => letter == ',') == 1 && IsFamilyFirst(Gathered(Parts(part, ',')))))
            return byWord.Select(InReadingOrder).Select(WithoutMarks).Where(IsName);
        var parts = Gathered(byWord.SelectMany(part => Parts(part, ',')));
        if (!isGivenFirst && IsFamilyFirst(parts))
            return parts.Chunk(2).Select(pair => WithoutMarks($"{Given(pair[1])} {pair[0]}{Generation(pair[1])}")).Where(IsName);
        // "Doe, Jane, and Max Muster": a bibliography puts the family first for the first author alone.
        if (!isGivenFirst && parts.Count > 2 && IsFamilyAlone(parts[0]) && IsGiven(parts[1]) && parts.Skip(2).All(part => part.Contains(' ', StringComparison.Ordinal)))
            parts = [$"{parts[1]} {parts[0]}", .. parts.Skip(2)];
        return parts.Select(WithoutMarks).Where(IsName);
    }

    /// <summary>One name without affiliation, footnote marks and degrees, in reading order; empty where it names nobody.</summary>
    public static string Cleaned(string name)
    {
        if (!name.AsSpan().ContainsAny(SignsOfMore) && !name.Contains("h.D", StringComparison.Ordinal) && !name.Contains("et al", StringComparison.OrdinalIgnoreCase))
            return name;
        var plain = WithoutMarks(InReadingOrder(WithoutBrackets(name)));
        return IsName(plain) ? plain : "";
    }

    /// <summary>One name in the order in which it is read: <c>Doe, Jane</c> is <c>Jane Doe</c>, <c>Downey, Robert, Jr.</c> is <c>Robert Downey Jr.</c></summary>
    public static string InReadingOrder(string name)
    {
        var parts = Gathered(Parts(name, ','));
        return parts switch
        {
            [var only] => only,
            [var family, var given] when !Legal.Contains(given) && given.Length > 0 => $"{Given(given)} {family}{Generation(given)}",
            _ => name,
        };
    }

    /// <summary>The person in RSS's <c>author</c>: <c>jane@example.org (Jane Doe)</c>, <c>Jane Doe &lt;jane@example.org&gt;</c>, or plain names.</summary>
    public static IEnumerable<string> OfMailbox(string? author)
    {
        if (string.IsNullOrWhiteSpace(author))
            return [];
        var text = author.Trim();
        if (MailAddress().IsMatch(text))
        {
            text = InBrackets().Match(text) is { Success: true } named && !named.Groups["name"].Value.Contains('@', StringComparison.Ordinal)
                ? named.Groups["name"].Value
                : MailAddress().Replace(text, "").Trim(' ', '"', '<', '>', '(', ')', ',', ';', ':');
        }

        return Split(text.Trim('"', ' '));
    }

    private static IEnumerable<string> Parts(string text, char sign) =>
        text.Split(sign, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // "Downey", "Jr." are one part; a degree is none.
    private static List<string> Gathered(IEnumerable<string> parts)
    {
        var gathered = new List<string>();
        foreach (var part in parts)
        {
            if (Degrees.Contains(part) || !part.Any(char.IsLetter))
                continue;
            if (gathered.Count > 0 && Generations.Contains(part))
                gathered[^1] += " " + part;
            else if (gathered.Count > 0 && Legal.Contains(part))
                gathered[^1] += ", " + part;
            else
                gathered.Add(part);
        }

        return gathered;
    }

    // "One, A., Two, B." and "Doe, Jane" list families first; "Ann One, Bob Two" does not.
    private static bool IsFamilyFirst(List<string> parts) =>
        parts.Count > 1 && parts.Count % 2 == 0
        && ((parts.Where((_, i) => i % 2 == 1).All(IsGiven) && parts.Where((_, i) => i % 2 == 0).All(IsFamily))
            || (parts.Where((_, i) => i % 2 == 0).All(IsFamilyAlone) && parts.Where((_, i) => i % 2 == 1).All(part => part.Count(letter => letter == ' ') <= 2)));

    // "Doe" before "Jane Mary" is no person; "OpenAI" may be one of the authors.
    private static bool IsFamilyAlone(string part)
    {
        var words = FamilyWords(part);
        return words is [{ Length: > 1 } family] && FamilyName().IsMatch(family);
    }

    private static bool IsGiven(string part)
    {
        var words = WithoutMarks(Given(part)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length is > 0 and <= 4 && words.Skip(1).All(word => IsInitial(word) || Particles.Contains(word)) || (words.Length <= 4 && words.All(IsInitial));
    }

    private static bool IsFamily(string part)
    {
        var words = FamilyWords(part);
        // "Muster M" is a person.
        return words.Count is 1 or 2 && !words.Exists(word => word.EndsWith('.')) && !words.Skip(1).Any(IsInitial);
    }

    private static List<string> FamilyWords(string part) =>
        [.. part.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => !Particles.Contains(word) && !Generations.Contains(word))];

    private static bool IsInitial(string word) => word.Length <= 2 && !word.Any(char.IsLower) || (word.EndsWith('.') && word.Length <= 7) || Initials().IsMatch(word);

    private static string Given(string part) =>
        part.LastIndexOf(' ') is > 0 and var space && Generations.Contains(part[(space + 1)..]) ? part[..space] : part;

    private static string Generation(string part) =>
        part.LastIndexOf(' ') is > 0 and var space && Generations.Contains(part[(space + 1)..]) ? part[space..] : "";

    private static string WithoutBrackets(string text)
    {
        if (text.AsSpan().IndexOfAny('(', '[') < 0)
            return text;
        var plain = new StringBuilder(text.Length);
        var depth = 0;
        foreach (var letter in text)
        {
            if (letter is '(' or '[')
                depth++;
            else if (letter is ')' or ']')
                depth = Math.Max(0, depth - 1);
            else if (depth == 0)
                plain.Append(letter);
        }

        return plain.ToString();
    }

    // Footnotes: digits and signs behind a name, also with commas between them.
    private static string WithoutMarks(string name)
    {
        var plain = Marks().Replace(Spaces().Replace(name, " "), "").Trim(' ', ',', ';', ':', '*', '†', '‡', '§', '¶', '#');
        return LeadingTitle().Replace(TrailingDegree().Replace(plain, ""), "").Trim();
    }

    private static bool IsName(string name) => name.Any(char.IsLetter) && !EtAl().IsMatch(name) && !name.Contains('@', StringComparison.Ordinal);

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\s*(?:,\s*)?(?:\band\b|\bon behalf of\b|\bund\b|\bet\b(?!\s+al)|&|＆)\s+(?!others\b)", RegexOptions.CultureInvariant)]
    private static partial Regex And();

    [GeneratedRegex(@"^(?<group>[^,;:]*\b(?:Collaboration|Consortium|Team|Group|Network|Project|Initiative|Investigators)\b[^,;:]{0,40}):\s*", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Group();

    [GeneratedRegex(@"(?<=\p{L}\.?)(?>\s*\^?\{?[0-9¹²³⁰-⁹*†‡§¶]+(?:\s*,\s*[0-9¹²³⁰-⁹*†‡§¶]+)*\}?)+$", RegexOptions.CultureInvariant)]
    private static partial Regex Marks();

    [GeneratedRegex(@"\s+(?:Ph\.?\s?D\.?|M\.D\.|MD|M\.?Sc\.?)$", RegexOptions.CultureInvariant)]
    private static partial Regex TrailingDegree();

    [GeneratedRegex(@"^(?:(?:Dr|Prof)\.\s+)+(?=\S)", RegexOptions.CultureInvariant)]
    private static partial Regex LeadingTitle();

    // "By Jane Doe", "Jane Doe et al."
    [GeneratedRegex(@"^by\s+|[\s,;]+et\.?\s+al\.?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Framing();

    [GeneratedRegex(@"^and\s+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex LeadingAnd();

    [GeneratedRegex(@"^(?:et\.?\s*al\.?|and others|others|\.\.\.|…)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex EtAl();

    [GeneratedRegex(@"^(?:\p{Lu}\.?-?){1,4}$", RegexOptions.CultureInvariant)]
    private static partial Regex Initials();

    [GeneratedRegex(@"<?[^\s@<>()]+@[^\s@<>()]+>?", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex MailAddress();

    [GeneratedRegex(@"^(?:Mc|Mac|[A-Z]['’])?\p{Lu}[\p{Ll}\p{M}'’]+(?:[-‐]\p{Lu}[\p{Ll}\p{M}'’]+)*$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex FamilyName();

    [GeneratedRegex(@"\((?<name>[^()]+)\)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex InBrackets();
}
