using System.Buffers;
using System.Text.RegularExpressions;

namespace DigestService.Sources;

/// <summary>
/// Whether authors say that their paper is withdrawn from the archive. A paper that is withdrawn from a conference, or of
/// which only an earlier version was, stands.
/// </summary>
internal static partial class Withdrawal
{
    // A withdrawn paper's abstract is replaced by the notice: one further in speaks of something else.
    private const int NoticeLength = 60;

    private static readonly SearchValues<string> Verbs = SearchValues.Create(["withdraw", "withdrew"], StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the remark, or the beginning of the abstract, says so.</summary>
    public static bool IsSaidIn(string? comment, string? abstractText) =>
        (comment is not null && IsNotice(comment, int.MaxValue))
        || (abstractText is not null && IsNotice(abstractText.AsSpan(0, Math.Min(abstractText.Length, 300)), NoticeLength));

    private static bool IsNotice(ReadOnlySpan<char> beginning, int within)
    {
        if (!beginning.ContainsAny(Verbs))
            return false;
        var text = beginning.ToString();
        foreach (Match match in Notice().Matches(text))
        {
            var said = text[..(match.Index + match.Length)];
            if (match.Index < within && !Elsewhere().IsMatch(text[match.Index..]) && !Earlier().IsMatch(said) && !OfMany().IsMatch(said))
                return true;
        }

        return false;
    }

    [GeneratedRegex(
        @"\b(?:this|the|our|my|present|entire|whole)?\s*(?:arxiv\s+)?(?:paper|article|submission|manuscript|preprint|work|version|note|report|it)\s+(?:has|have|is|was|had)\s+(?:now\s+|since\s+|been\s+|temporarily\s+|hereby\s+|being\s+)*withdrawn\b|^\s*(?:arxiv\s+admin\s+note:\s*)?(?:paper\s+|article\s+|submission\s+)?withdrawn(?:\s*$|\s*[^\s\w]|\s+(?:after|and|as|at|because|by|due|following|for|from|in|it|on|owing|pending|per|see|since|temporarily|to|until|upon|voluntarily|with)\b)|\b(?:temporarily\s+)?withdrawn\s+by\s+(?:the\s+|its\s+)?(?:corresponding\s+|first\s+|lead\s+|sole\s+)?(?:authors?|arxiv|submitters?)\b|\b(?:the\s+)?authors?\s+(?:have\s+|has\s+)?(?:withdrawn|withdrew)\s+(?:this|the|their)\s+(?:paper|article|submission|manuscript|preprint|work)\b|\b(?:i|we|the\s+authors?)\s+(?:am\s+|are\s+|is\s+|hereby\s+|have\s+to\s+|must\s+)*withdraw(?:s|ing)?\s+(?:this|the|our|my|their)\s+(?:paper|article|submission|manuscript|preprint|work)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Notice();

    // "withdrawn from NeurIPS", "withdrawn from consideration at": from anything but the archive itself.
    [GeneratedRegex(
        @"^[^.;]*?\bwithdr(?:aws?|awing|awn|ew)\b(?:\s+(?:this|the|their|our|my)\s+(?:paper|article|submission|manuscript|work))?(?:\s+by\s+(?:the\s+|its\s+)?authors?)?\s+(?:from|at|in)\s+(?:the\s+)?(?:[a-hj-z0-9(]|i[a-su-z0-9])(?:[^r]|r[^x]|rx[^i])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Elsewhere();

    [GeneratedRegex(
        @"\b(?:(?:an?|the|our)\s+)?(?:earlier|previous|prior|first|old|older|original|v[0-9]+|version\s+[0-9]+)\s*(?:arxiv\s+)?(?:versions?|papers?|submissions?|preprints?|manuscripts?|drafts?)?\s*(?:of\s+(?:this|the)\s+\w+\s*)?(?:was|were|is|has|had|have|been|being|\s)*\s*withdrawn$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Earlier();

    // "papers that have been withdrawn by their authors" are others.
    [GeneratedRegex(
        @"\b(?:papers|articles|submissions|preprints|manuscripts|works)\s+(?:that\s+|which\s+|were\s+|are\s+|have\s+|had\s+|been\s+|later\s+|since\s+)*withdrawn\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex OfMany();
}
