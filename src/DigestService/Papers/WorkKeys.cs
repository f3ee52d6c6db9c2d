using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using System.Text;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Papers;

/// <summary>
/// The names a work goes by, as kept in <c>paper_keys</c>: <c>arxiv:2512.09363</c>, <c>doi:10.1000/182</c> and
/// <c>feed:hash of a feed's name, its entry's id and moment</c>, and <c>title:title in letters and digits|first author's family name</c>, the name empty where a source tells no authors.
/// </summary>
internal static partial class WorkKeys
{
    private const int MaxTitleLength = 1_024;

    // An index entry has its limit: of a longer title the rest is a hash.
    private const int MaxKeptLength = 200;
    private const int MaxFormerLength = 240;
    private const int MostAnds = 3;

    private static readonly HashSet<string> Generic = new(
        """
        editorial|editorials|guest editorial|editorial note|editors note|editor's choice|from the editor|letter from the editor|letter to the editor
        letters to the editor|letters|correspondence|correction|corrections|author correction|publisher correction|corrigendum|corrigenda|erratum|errata
        addendum|retraction|retraction note|retraction notice|expression of concern|reply|author reply|authors reply|response|author response
        comment|comments|commentary|rejoinder|discussion|introduction|preface|foreword|afterword|prologue|epilogue|index|author index|subject index
        contents|table of contents|front matter|back matter|frontmatter|backmatter|masthead|cover|front cover|back cover|cover image|cover picture
        title page|copyright|copyright page|issue information|issue highlights|in this issue|editorial board|news|news in brief|announcement
        announcements|calendar|obituary|in memoriam|book review|book reviews|book received|books received|reviews|review|abstracts|poster abstracts
        acknowledgement|acknowledgements|acknowledgment|acknowledgments|acknowledgement to reviewers|list of reviewers|reviewers|contributors|notes
        call for papers|highlights|research highlights|perspective|viewpoint|summary|conclusion|conclusions|appendix|untitled|abstract
        """.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Normalized),
        StringComparer.Ordinal);

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> GenericTitles = Generic.GetAlternateLookup<ReadOnlySpan<char>>();

    // What a title is also told apart by, besides its letters and digits.
    private static readonly SearchValues<char> Signs = SearchValues.Create("&+#=<>!*");

    /// <summary>The key of an arXiv identifier.</summary>
    public static string Of(ArxivId id) => "arxiv:" + id.Value;

    /// <summary>The key of a DOI.</summary>
    public static string Of(Doi doi) => "doi:" + doi.Value;

    /// <summary>
    /// The key of a feed's entry, by which a title that its authors corrected is met again; null where the feed tells no id or no
    /// moment. Of an id that stands for one paper today and another tomorrow the moment tells them apart.
    /// </summary>
    public static string? OfEntry(string feed, string? id, Instant? publishedAt) =>
        string.IsNullOrWhiteSpace(id) || publishedAt is not { } moment ? null : "feed:" + Hash($"{feed}\n{id.Trim()}\n{moment}");

    /// <summary>
    /// The title's part of a title key: letters, digits and the symbols that tell titles apart (<c>C++</c> and <c>C#</c>),
    /// without case, accents or spaces, Greek letters by name and <c>&amp;</c> as "and", so that <c>$\alpha$-Divergence</c>
    /// and <c>Alpha divergence</c> are one title. A title that many works bear (Editorial) tells nothing by itself: what
    /// else the source says of the work, <paramref name="particular"/>, goes with it.
    /// </summary>
    public static string OfTitle(string title, string? particular = null)
    {
        Span<char> buffer = stackalloc char[MaxTitleLength];
        var plain = buffer[..Normalize(title, buffer)];
        if (plain.Length == 0 || GenericTitles.Contains(plain))
            return $"title:{plain}#{Hash(plain.Length == 0 ? title + "\n" + particular : particular ?? "")}";
        return plain.Length <= MaxKeptLength ? string.Concat("title:", plain) : $"title:{plain[..MaxKeptLength]}#{Hash(plain.ToString())}";
    }

    /// <summary>
    /// The title's parts of the keys that rows may still bear from before symbols counted, letters were folded and long titles were
    /// kept to their end; none where they are the same. Different titles may share them. An "and" may have been an
    /// <c>&amp;</c>, of which nothing was kept, and the other way round.
    /// </summary>
    public static IReadOnlyList<string> FormerOfTitle(string title) => FormerOfTitle(title, OfTitle(title));

    /// <inheritdoc cref="FormerOfTitle(string)"/>
    /// <param name="title">The title.</param>
    /// <param name="today">What <see cref="OfTitle"/> says of it.</param>
    public static IReadOnlyList<string> FormerOfTitle(string title, string today)
    {
        // Of plain words both are the same, which most titles are; a key with a hash stands for more than its letters.
        if (Ascii.IsValid(title) && !title.AsSpan().ContainsAny(Signs) && !today.Contains('#', StringComparison.Ordinal))
            return FormerOfPlain(title);
        string[] formers = [Former(title)];
        if (MayHoldAnd(title) || title.Contains('&', StringComparison.Ordinal))
        {
            // Each may have been the one or the other; of very many, all.
            var count = And().Count(title);
            var all = (1 << Math.Min(count, MostAnds)) - 1;
            formers = [.. formers, .. Enumerable.Range(0, all + 1).Where(signs => count <= MostAnds || signs == 0 || signs == all).Select(signs => WithSigns(title, signs))];
        }

        return [.. formers.Distinct(StringComparer.Ordinal).Where(former => !string.Equals(former, today, StringComparison.Ordinal))];
    }

    // The same for a title in which no sign counts: without each of the words "and" that may have been a sign.
    private static IReadOnlyList<string> FormerOfPlain(string title)
    {
        if (!MayHoldAnd(title))
            return [];
        var ands = new List<int>();
        foreach (var and in And().EnumerateMatches(title))
            ands.Add(and.Index);
        var all = (1 << Math.Min(ands.Count, MostAnds)) - 1;
        var formers = new HashSet<string>(StringComparer.Ordinal);
        for (var signs = ands.Count <= MostAnds ? 1 : all; signs <= all && ands.Count > 0; signs++)
            formers.Add(Without(title, ands, signs));
        return [.. formers];
    }

    private static string Without(string title, List<int> ands, int signs)
    {
        Span<char> buffer = stackalloc char[MaxFormerLength];
        var (length, next) = (0, 0);
        for (var at = 0; at < title.Length && length < buffer.Length; at++)
        {
            if (next < ands.Count && at == ands[next] && (signs & (1 << Math.Min(next++, MostAnds - 1))) != 0)
                at += "and".Length - 1;
            else if (char.IsAsciiLetterOrDigit(title[at]))
                buffer[length++] = char.ToLowerInvariant(title[at]);
        }

        return length == 0 ? WithSigns(title, signs) : string.Concat("title:", buffer[..length]);
    }

    // "and" within "understanding" is none, which most are.
    private static bool MayHoldAnd(string title)
    {
        const string and = "and";
        for (var at = title.IndexOf(and, StringComparison.OrdinalIgnoreCase); at >= 0; at = title.IndexOf(and, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            if ((at == 0 || !char.IsAsciiLetterOrDigit(title[at - 1])) && (at + and.Length == title.Length || !char.IsAsciiLetterOrDigit(title[at + and.Length])))
                return true;
        }

        return false;
    }

    private static string WithSigns(string title, int signs)
    {
        var at = 0;
        return Former(And().Replace(title, _ => (signs & (1 << Math.Min(at++, MostAnds - 1))) != 0 ? "&" : " and "));
    }

    private static string Former(string title)
    {
        Span<char> buffer = stackalloc char[MaxFormerLength];
        var length = 0;
        foreach (var rune in (Ascii.IsValid(title) ? title : title.Normalized(NormalizationForm.FormKD)).EnumerateRunes())
        {
            var isKept = rune.IsAscii ? char.IsAsciiLetterOrDigit((char)rune.Value) : Rune.IsLetterOrDigit(rune);
            if (isKept && !AppendLower(rune, buffer, ref length))
                break;
        }

        var trimmed = title.Trim();
        return "title:" + (length > 0 ? buffer[..length].ToString() : trimmed[..Math.Min(trimmed.Length, MaxFormerLength)].Replace('|', ' '));
    }

    private static string Normalized(string title)
    {
        Span<char> buffer = stackalloc char[MaxTitleLength];
        return buffer[..Normalize(title, buffer)].ToString();
    }

    private static int Normalize(string title, Span<char> buffer)
    {
        var length = 0;
        // The negation of a sign is the sign's own letter until it is taken apart.
        var plain = Ascii.IsValid(title) ? title : title.Replace("≠", "!=", StringComparison.Ordinal).Normalized(NormalizationForm.FormKD);
        for (var at = 0; at < plain.Length;)
        {
            Rune.DecodeFromUtf16(plain.AsSpan(at), out var rune, out var consumed);
            var kept = rune.IsAscii && !char.IsAsciiLetterOrDigit((char)rune.Value) ? Symbol(plain, at) : null;
            if (kept is not null ? !Append(kept, buffer, ref length) : !Append(rune, buffer, ref length))
                break;
            at += consumed;
        }

        return length;
    }

    private static string? Symbol(string title, int at) => title[at] switch
    {
        '&' => "and",
        '+' or '#' or '=' or '<' => title[at].ToString(),
        '>' when at == 0 || title[at - 1] != '-' => ">",
        '!' when at + 1 < title.Length && title[at + 1] == '=' => "!",
        // "A*" is an algorithm; behind a longer word the star is a footnote's.
        '*' when at > 0 && char.IsAsciiLetterUpper(title[at - 1]) && (at == 1 || !char.IsLetterOrDigit(title[at - 2])) => "*",
        _ => null,
    };

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12));

    /// <summary>
    /// The family name of a first author in letters alone; <c>Smith, K.</c> and <c>Kevin Smith</c> give <c>smith</c>.
    /// </summary>
    public static string OfAuthor(IReadOnlyList<string> authors)
    {
        if (authors.Count == 0)
            return "";
        var name = authors[0].AsSpan().Trim();
        var comma = name.IndexOf(',');
        var family = comma > 0 ? name[..comma] : LastWord(name);
        Span<char> buffer = stackalloc char[80];
        var length = 0;
        foreach (var rune in (Ascii.IsValid(family) ? family : family.ToString().Normalized(NormalizationForm.FormKD)).EnumerateRunes())
        {
            if (!Append(rune, buffer, ref length))
                break;
        }

        return length == 0 ? "?" : buffer[..length].ToString();
    }

    private static ReadOnlySpan<char> LastWord(ReadOnlySpan<char> name)
    {
        var space = name.LastIndexOf(' ');
        var last = name[(space + 1)..];
        // "Robert Downey Jr." is filed under Downey.
        if (space > 0 && (last is "Jr." or "Jr" or "Sr." or "Sr" or "II" or "III" or "IV"))
            return LastWord(name[..space].TrimEnd());
        return last;
    }

    private static bool Append(string text, Span<char> buffer, ref int length)
    {
        if (length + text.Length > buffer.Length)
            return false;
        text.CopyTo(buffer[length..]);
        length += text.Length;
        return true;
    }

    private static bool AppendLower(Rune rune, Span<char> buffer, ref int length)
    {
        var lower = Rune.ToLowerInvariant(rune);
        if (GreekName(lower.Value) is { } name)
            return Append(name, buffer, ref length);
        if (!lower.TryEncodeToUtf16(buffer[length..], out var written))
            return false;
        length += written;
        return true;
    }

    private static bool Append(Rune rune, Span<char> buffer, ref int length)
    {
        if (rune.IsAscii)
        {
            var ascii = (char)rune.Value;
            if (!char.IsAsciiLetterOrDigit(ascii))
                return true;
            if (length == buffer.Length)
                return false;
            buffer[length++] = char.ToLowerInvariant(ascii);
            return true;
        }

        if (!Rune.IsLetterOrDigit(rune))
            return rune.Value is not (>= 0x2190 and <= 0x22FF) || Operator(rune.Value) is not { } sign || Append(sign, buffer, ref length);
        var lower = Rune.ToLowerInvariant(rune);
        if (GreekName(lower.Value) is { } name)
            return Append(name, buffer, ref length);
        if (rune.IsBmp && LetterFolding.Of((char)rune.Value) is { Length: > 0 } folded && folded[0] != (char)rune.Value)
            return Append(folded, buffer, ref length);

        if (length + lower.Utf16SequenceLength > buffer.Length)
            return false;
        length += lower.EncodeToUtf16(buffer[length..]);
        return true;
    }

    // Signs that say something of their own. Minus, asterisk and dots are written as punctuation elsewhere.
    private static string? Operator(int sign) => sign switch
    {
        '≤' => "<=", '≥' => ">=", '∞' => "infinity", '∈' => "in", '≈' => "~", '∩' or '∪' or '⊂' or '⊆' or '⊕' or '⊗' => ((char)sign).ToString(),
        _ => null,
    };

    private static string? GreekName(int letter) => letter switch
    {
        'α' => "alpha", 'β' => "beta", 'γ' => "gamma", 'δ' => "delta", 'ε' => "epsilon", 'ζ' => "zeta", 'η' => "eta",
        'θ' => "theta", 'ι' => "iota", 'κ' => "kappa", 'λ' => "lambda", 'μ' => "mu", 'ν' => "nu", 'ξ' => "xi",
        'π' => "pi", 'ρ' => "rho", 'σ' or 'ς' => "sigma", 'τ' => "tau", 'υ' => "upsilon", 'φ' => "phi", 'χ' => "chi",
        'ψ' => "psi", 'ω' => "omega",
        _ => null,
    };

    [GeneratedRegex(@"\band\b|&", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex And();
}
