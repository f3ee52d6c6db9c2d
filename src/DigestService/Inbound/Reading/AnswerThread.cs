using DigestService.Inbound.Commands;
using DigestService.Mail.Mime;
using DigestService.Mails;

namespace DigestService.Inbound.Reading;

/// <summary>What an answer to a mail carries in its header (RFC 5322 3.6.4), out of a stranger's fields: bounded, identifiers only.</summary>
internal static class AnswerThread
{
    private const int MostReferences = 10;
    private const int LongestId = 200;
    // The longest subject of a digest, its title of 80 characters and what follows in any language, is kept whole: Gmail parts threads by it.
    private const int LongestSubject = 160;

    /// <summary>The parent's references and the parent itself; the first and the last where there are many.</summary>
    public static IReadOnlyList<string> References(MimeHeaders headers, string? messageId)
    {
        var earlier = Ids(headers.First("References"));
        if (earlier.Count == 0 && Ids(headers.First("In-Reply-To")) is [var only])
            earlier = [only];
        if (messageId is not null && IsId(messageId))
            earlier = [.. earlier.Where(id => id != messageId), messageId];
        return earlier.Count <= MostReferences ? earlier : [earlier[0], .. earlier.Skip(earlier.Count - MostReferences + 1)];
    }

    /// <summary>The subject of an answer: <c>Re:</c> once, and the mail's own without its prefixes.</summary>
    public static string? ReplySubject(string subject)
    {
        var own = CleanText.Shorten(CleanText.Line(CommandParser.WithoutPrefixes(subject)), LongestSubject);
        return own.Length == 0 ? null : "Re: " + own;
    }

    /// <summary>Whether something is an identifier that may stand in a header of ours.</summary>
    private static bool IsId(string id)
    {
        var at = id.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && at < id.Length - 1 && id.Length <= LongestId && id.All(c => c is > ' ' and < (char)127 and not ('<' or '>' or '"' or '\\' or ',' or ';' or '(' or ')'));
    }

    private static List<string> Ids(string? field)
    {
        var ids = new List<string>();
        foreach (var piece in (field ?? "").Split('<').Skip(1).Take(100))
        {
            var end = piece.IndexOf('>', StringComparison.Ordinal);
            if (end > 0 && IsId(piece[..end]))
                ids.Add(piece[..end]);
        }

        return ids;
    }
}
