using DigestService.Inbound.Commands;

namespace DigestService.Inbound.Reading;

/// <summary>What a person wrote above what they quote and above their signature.</summary>
internal static class ReplyText
{
    private const int MostLines = 400;
    private const int MostCharacters = 20_000;

    private static readonly string[] QuoteEndings = ["wrote:", "writes:", "schrieb:", "geschrieben:", "a écrit :", "a écrit:", "escribió:", "写道：", "写道:", "寫道：", "寫道:", "ha scritto:", "escreveu:", "написал:", "schreef:"];

    private static readonly string[] QuoteStarts = ["-----original message", "----- original message", "---original message", "-----ursprüngliche nachricht", "-----message d'origine", "-----mensaje original", "________________________________", "begin forwarded message", "---------- forwarded message", "-------- forwarded message", "-------- weitergeleitete nachricht", "-------- message transféré", "-------- mensaje reenviado", "-------- 转发的消息", "-----原始邮件", "------------------ 原始邮件", "------------------ original"];

    private static readonly string[] Signatures = ["sent from my", "sent from outlook", "get outlook for", "von meinem iphone", "von meinem ipad", "gesendet von", "envoyé de mon", "envoyé depuis", "enviado desde mi", "发自我的", "來自我的", "sent via", "sent from yahoo", "sent from mail", "-----begin pgp signature"];

    private static readonly string[] HeaderNames = ["from:", "von:", "de :", "de:", "发件人:", "发件人：", "sent:", "date:", "to:", "subject:", "gesendet:", "an:", "betreff:", "envoyé :", "objet :", "enviado:", "asunto:", "para:", "发送时间", "收件人", "主题:", "主题：", "da:", "inviato:", "a:", "oggetto:", "van:", "verzonden:", "aan:", "onderwerp:", "enviada:", "assunto:"];

    /// <summary>The lines above the quotation, without signature and without quoted lines between them.</summary>
    public static string OwnWords(string text)
    {
        var own = new List<string>();
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = SignedHead(lines); i < lines.Length && i < MostLines; i++)
        {
            var line = lines[i].TrimEnd();
            if (line.TrimStart() is ['>', ..])
                continue;
            if (IsSignature(line) || IsQuoteStart(lines, i))
                break;
            if (AttributionEnd(lines, i) is { } end)
            {
                // Who has written above it answers above; who only greets answers below, where each quoted line is marked.
                if (!own.TrueForAll(said => said.Length == 0 || CommandWords.IsGreeting(said.Trim())) || !IsMarked(lines, end + 1))
                    break;
                i = end;
                continue;
            }

            own.Add(line);
        }

        var words = string.Join('\n', own).Trim();
        return words.Length <= MostCharacters ? words : words[..MostCharacters];
    }

    // What OpenPGP puts above a text that it signs (RFC 9580 7): a mark, fields, an empty line.
    private static int SignedHead(string[] lines) =>
        Array.FindIndex(lines, line => line.Length > 0) is >= 0 and var first && lines[first].StartsWith("-----BEGIN PGP SIGNED", StringComparison.Ordinal)
            ? Math.Max(0, Array.FindIndex(lines, first, string.IsNullOrWhiteSpace)) : 0;

    private static bool IsSignature(string line)
    {
        var trimmed = line.Trim().ToLowerInvariant();
        return line is "--" or "-- " or "__" or "—" || Array.Exists(Signatures, mark => trimmed.StartsWith(mark, StringComparison.Ordinal) && trimmed.Length < 80);
    }

    // A line that says what follows, or a block of From:, Sent:, To:, which is Outlook's.
    private static bool IsQuoteStart(string[] lines, int at)
    {
        var lower = lines[at].Trim().ToLowerInvariant();
        return Array.Exists(QuoteStarts, mark => lower.StartsWith(mark, StringComparison.Ordinal))
            || IsHeaderName(lower) && lines.Skip(at + 1).Take(3).Count(next => IsHeaderName(next.Trim().ToLowerInvariant())) >= 2;
    }

    private static bool IsMarked(string[] lines, int at) =>
        lines.Skip(at).SkipWhile(string.IsNullOrWhiteSpace).FirstOrDefault()?.TrimStart() is ['>', ..];

    // "On …, … wrote:" is often broken over two or three lines; the last of them, null where there is none.
    private static int? AttributionEnd(string[] lines, int at)
    {
        var lower = lines[at].Trim().ToLowerInvariant();
        if (EndsAsQuote(lower) || NamesSender(lower))
            return at;
        if (lower.StartsWith("on ", StringComparison.Ordinal) || lower.StartsWith("am ", StringComparison.Ordinal) || lower.StartsWith("le ", StringComparison.Ordinal) || lower.StartsWith("el ", StringComparison.Ordinal) || lower.StartsWith('在'))
        {
            for (var next = at + 1; next < lines.Length && next <= at + 3; next++)
            {
                var following = lines[next].Trim().ToLowerInvariant();
                if (following.Length == 0)
                    break;
                if (EndsAsQuote(following))
                    return lower.Any(char.IsDigit) || lower.Contains('@', StringComparison.Ordinal) ? next : null;
            }
        }

        return null;
    }

    private static readonly string[] QuoteVerbs = [" wrote ", " schrieb ", " a écrit ", " escribió ", " 写道", " ha scritto "];

    private static bool EndsAsQuote(string line) => line.EndsWith(':') && line.Any(char.IsDigit) && Array.Exists(QuoteVerbs, verb => line.Contains(verb, StringComparison.Ordinal)) || Array.Exists(QuoteEndings, mark => line.EndsWith(mark, StringComparison.Ordinal)) && (line.Any(char.IsDigit) || line.Contains('@', StringComparison.Ordinal) || line.Length < 60);

    // Whatever the language: a day or an hour, then who wrote, between angle brackets, and a colon.
    private static bool NamesSender(string line) =>
        line.EndsWith(':') && line.IndexOf('<', StringComparison.Ordinal) is > 0 and var open && line.IndexOf('>', open) > line.IndexOf('@', open) && line.IndexOf('@', open) > 0 && line.AsSpan(0, open).ContainsAnyInRange('0', '9');

    private static bool IsHeaderName(string line)
    {
        var bare = line.TrimStart('*', ' ');
        return Array.Exists(HeaderNames, name => bare.StartsWith(name, StringComparison.Ordinal)) || bare.StartsWith("from:*", StringComparison.Ordinal);
    }
}
