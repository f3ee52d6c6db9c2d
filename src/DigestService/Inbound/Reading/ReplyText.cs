using DigestService.Inbound.Commands;

namespace DigestService.Inbound.Reading;

/// <summary>What a person wrote above what they quote and above their signature.</summary>
internal static class ReplyText
{
    private const int MostLines = 400;
    private const int MostCharacters = 20_000;
    private const int MostBannerLines = 10;
    private const int LongestHeading = 30;
    private const int LeastCapitals = 6;

    private static readonly string[] QuoteEndings = ["wrote:", "writes:", "schrieb:", "geschrieben:", "a écrit :", "a écrit:", "escribió:", "写道：", "写道:", "寫道：", "寫道:", "ha scritto:", "escreveu:", "написал:", "schreef:"];

    // Behind three dashes or more, in letters without accents.
    private static readonly string[] QuoteTitles = ["original", "ursprungliche nachricht", "weitergeleitete nachricht", "message d'origine", "message transfere", "mensaje original", "mensaje reenviado", "forwarded message", "转发的消息", "原始邮件"];

    private static readonly string[] Signatures = ["sent from my", "sent from outlook", "get outlook for", "von meinem iphone", "von meinem ipad", "gesendet von", "envoyé de mon", "envoyé depuis", "enviado desde mi", "发自我的", "來自我的", "sent via", "sent from yahoo", "sent from mail", "-----begin pgp signature"];

    // What a gateway's banner speaks of, in letters without accents.
    private static readonly string[] Outsides = ["extern", "outside", "außerhalb", "ausserhalb", "exterieur", "exterior", "fuera", "buiten", "外部"];
    private static readonly string[] MailNouns = ["mail", "message", "nachricht", "courriel", "correo", "mensaje", "bericht", "邮件"];

    private static readonly string[] HeaderNames = ["from:", "von:", "de :", "de:", "发件人:", "发件人：", "sent:", "date:", "to:", "subject:", "gesendet:", "an:", "betreff:", "envoyé :", "objet :", "enviado:", "asunto:", "para:", "发送时间", "收件人", "主题:", "主题：", "da:", "inviato:", "a:", "oggetto:", "van:", "verzonden:", "aan:", "onderwerp:", "enviada:", "assunto:"];

    /// <summary>The lines above the quotation, without signature and without quoted lines between them.</summary>
    public static string OwnWords(string text)
    {
        var own = new List<string>();
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = BehindBanner(lines, SignedHead(lines)); i < lines.Length && i < MostLines; i++)
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

    // What a company's mail gateway puts above a text: "[EXTERNAL]", or a first paragraph under a heading ("CAUTION: …") that speaks
    // of mail from outside. It ends at an empty line, or where a quotation, a signature or a command without words of one's own follows.
    private static int BehindBanner(string[] lines, int from)
    {
        var first = Array.FindIndex(lines, from, line => !string.IsNullOrWhiteSpace(line));
        if (first < 0 || IsOther(lines, first, _ => true))
            return from;
        var line = lines[first].Trim().Replace('【', '[').Replace('】', ']');
        var tag = line is ['[', ..] ? line.IndexOf(']', StringComparison.Ordinal) : line.Trim('*', '#', '=', '-', '!', ' ').Contains(' ', StringComparison.Ordinal) ? -1 : line.Length - 1;
        if (tag > 0 && (Speaks(line[..tag], Outsides) || line[1..tag].Equals("ext", StringComparison.OrdinalIgnoreCase)))
        {
            lines[first] = line[(tag + 1)..];
            first = Array.FindIndex(lines, first, rest => !string.IsNullOrWhiteSpace(rest));
        }
        else if (!IsHeading(line))
        {
            return from;
        }

        if (first < 0 || IsOther(lines, first, _ => true))
            return first < 0 ? lines.Length : first;
        var end = first + 1;
        while (end < lines.Length && end < first + MostBannerLines && !string.IsNullOrWhiteSpace(lines[end]) && !IsOther(lines, end, CommandParser.IsOfFixedWords))
            end++;
        var banner = string.Join(' ', lines[first..end]);
        return Speaks(banner, Outsides) && Speaks(banner, MailNouns) ? end : first;
    }

    private static bool IsHeading(string line)
    {
        var text = line[line.TakeWhile(c => !char.IsLetter(c)).Count()..];
        return text.IndexOf(':', StringComparison.Ordinal) is > 0 and < LongestHeading || text.TakeWhile(char.IsUpper).Count() >= LeastCapitals;
    }

    private static bool Speaks(string text, string[] words) => CommandArguments.Fold(text) is var folded && Array.Exists(words, word => folded.Contains(word, StringComparison.Ordinal));

    // What is no part of a banner: a quotation's or a signature's beginning, or a command.
    private static bool IsOther(string[] lines, int at, Predicate<MailCommand> which) =>
        IsSignature(lines[at].TrimEnd()) || IsQuoteStart(lines, at) || AttributionEnd(lines, at) is not null
        || CommandParser.ParseLine(lines[at].Trim(), 0).Exists(command => command.Verb != MailVerb.NotUnderstood && which(command));

    private static bool IsSignature(string line)
    {
        var trimmed = line.Trim().ToLowerInvariant();
        return line is "--" or "-- " or "__" or "—" || Array.Exists(Signatures, mark => trimmed.StartsWith(mark, StringComparison.Ordinal) && trimmed.Length < 80);
    }

    // A line that says what follows, or a block of From:, Sent:, To:, which is Outlook's.
    private static bool IsQuoteStart(string[] lines, int at)
    {
        var lower = lines[at].Trim().ToLowerInvariant();
        return lower.StartsWith("________________________________", StringComparison.Ordinal) || lower.StartsWith("begin forwarded message", StringComparison.Ordinal)
            || lower.StartsWith("---", StringComparison.Ordinal) && StartsWithAny(CommandArguments.Fold(lower.TrimStart('-', ' ')), QuoteTitles)
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
        if (StartsWithAny(lower, QuoteOpenings))
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

    private static bool StartsWithAny(string line, string[] marks) => Array.Exists(marks, mark => line.StartsWith(mark, StringComparison.Ordinal));

    private static readonly string[] QuoteOpenings = ["on ", "am ", "le ", "el ", "在"];
    private static readonly string[] QuoteVerbs = [" wrote ", " schrieb ", " a écrit ", " escribió ", " 写道", " ha scritto "];

    private static bool EndsAsQuote(string line) =>
        line.EndsWith(':') && line.Any(char.IsDigit) && Array.Exists(QuoteVerbs, verb => line.Contains(verb, StringComparison.Ordinal))
        || Array.Exists(QuoteEndings, mark => line.EndsWith(mark, StringComparison.Ordinal))
            && (line.Any(char.IsDigit) || line.Contains('@', StringComparison.Ordinal) || line.Length < 60);

    // Whatever the language: a day or an hour, then who wrote, between angle brackets, and a colon.
    private static bool NamesSender(string line) =>
        line.EndsWith(':') && line.IndexOf('<', StringComparison.Ordinal) is > 0 and var open && line.AsSpan(0, open).ContainsAnyInRange('0', '9')
        && line.IndexOf('@', open) is > 0 and var at && line.IndexOf('>', open) > at;

    private static bool IsHeaderName(string line)
    {
        var bare = line.TrimStart('*', ' ');
        return Array.Exists(HeaderNames, name => bare.StartsWith(name, StringComparison.Ordinal)) || bare.StartsWith("from:*", StringComparison.Ordinal);
    }
}
