namespace DigestService.Mail.Smtp;

/// <summary>Puts the lines of a reply together and takes the enhanced code (RFC 3463) off each of them.</summary>
internal static class SmtpReplyText
{
    private const int MaxText = 1000;

    /// <summary>A whole reply from its lines.</summary>
    public static SmtpReply Join(int code, IEnumerable<string> lines)
    {
        SmtpReply? reply = null;
        foreach (var line in lines)
            reply = Append(reply, code, line, out _);
        return reply ?? new SmtpReply(code, null, "");
    }

    /// <summary>The reply so far with one more line; <paramref name="text"/> is that line without its enhanced code.</summary>
    public static SmtpReply Append(SmtpReply? sofar, int code, string line, out string text)
    {
        var enhanced = EnhancedCode(line, code);
        text = enhanced is null ? line : line[enhanced.Length..].TrimStart(' ');
        if (sofar is null)
            return new SmtpReply(code, enhanced, Cut(text));
        return sofar.Text.Length >= MaxText || text.Length == 0
            ? sofar
            : sofar with { EnhancedCode = sofar.EnhancedCode ?? enhanced, Text = Cut(sofar.Text.Length == 0 ? text : $"{sofar.Text} {text}") };
    }

    // class.subject.detail, whose class must agree with the reply's first digit.
    private static string? EnhancedCode(string line, int code)
    {
        var end = line.IndexOf(' ', StringComparison.Ordinal);
        var word = end < 0 ? line : line[..end];
        return word.Length is >= 5 and <= 9 && word[0] - '0' == code / 100
            && word.Split('.') is [{ Length: 1 }, { Length: >= 1 and <= 3 } subject, { Length: >= 1 and <= 3 } detail]
            && subject.All(char.IsAsciiDigit) && detail.All(char.IsAsciiDigit)
            ? word
            : null;
    }

    private static string Cut(string text) => text.Length <= MaxText ? text : text[..MaxText];
}
