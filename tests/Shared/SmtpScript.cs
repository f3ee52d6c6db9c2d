using System.Text;

namespace DigestService.Tests.Shared;

/// <summary>What a <see cref="ScriptedSmtpServer"/> offers and keeps.</summary>
public sealed record SmtpScript
{
    /// <summary>EHLO keywords. STARTTLS, CHUNKING and AUTH are added where the script asks for them.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = ["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE 20000000"];

    /// <summary>Whether CHUNKING is offered, so that mails come by BDAT (RFC 3030).</summary>
    public bool OffersChunking { get; init; }

    /// <summary>Whether BDAT is known at all; a server that offers CHUNKING and does not know it takes the mail for commands.</summary>
    public bool KnowsBdat { get; init; } = true;

    /// <summary>Whether TLS is offered by STARTTLS.</summary>
    public bool OffersStartTls { get; init; }

    /// <summary>Whether TLS starts with the first octet.</summary>
    public bool StartsInTls { get; init; }

    /// <summary>Whether the certificate names another host.</summary>
    public bool HasWrongCertificate { get; init; }

    /// <summary>Whether the certificate has expired.</summary>
    public bool HasExpiredCertificate { get; init; }

    /// <summary>The account that AUTH takes, as <c>user:password</c> or <c>user:token</c>; null offers no AUTH.</summary>
    public string? Account { get; init; }

    /// <summary>Mechanisms that AUTH offers.</summary>
    public string AuthMechanisms { get; init; } = "PLAIN LOGIN";

    /// <summary>Whether AUTH uses what comes with the command; else it asks for it in a line of its own.</summary>
    public bool ReadsInitialResponse { get; init; } = true;

    /// <summary>How much of each mail is kept; lower it to take tens of thousands.</summary>
    public int MaxKeptBytes { get; init; } = int.MaxValue;
}

/// <summary>Where in the conversation the server is about to answer.</summary>
public enum SmtpPoint
{
    /// <summary>A client has connected; the greeting is due.</summary>
    Greeting,

    /// <summary>EHLO or HELO.</summary>
    Hello,

    /// <summary>STARTTLS.</summary>
    StartTls,

    /// <summary>AUTH and the lines that follow it.</summary>
    Auth,

    /// <summary>MAIL FROM.</summary>
    Mail,

    /// <summary>RCPT TO.</summary>
    Rcpt,

    /// <summary>DATA, or a BDAT whose chunk has not been read yet; a refusal of BDAT is given once the chunk has been.</summary>
    Data,

    /// <summary>354 is out, or BDAT is here; the content is about to be read.</summary>
    Content,

    /// <summary>The final dot is here, or the end of the last chunk.</summary>
    Dot,

    /// <summary>RSET, NOOP, QUIT or anything else.</summary>
    Other,
}

/// <summary>One step: counts begin at 1; <paramref name="Message"/> counts MAIL commands of this connection.</summary>
public sealed record SmtpStep(SmtpPoint Point, int Connection, int Message, string Command, string Sender, string Recipient, ReceivedMail? Mail);

/// <summary>One mail taken. <paramref name="Raw"/> has its doubled dots undone; it may be cut by the script.</summary>
public sealed record ReceivedMail(int Connection, string Sender, string Recipient, byte[] Raw)
{
    /// <summary>The MAIL command whole, with its parameters.</summary>
    public string MailCommand { get; init; } = "";

    /// <summary>Whether it came by BDAT.</summary>
    public bool IsByBdat { get; init; }

    /// <summary>The mail as text, octet by octet.</summary>
    public string Text => Encoding.Latin1.GetString(Raw);

    /// <summary>First header of that name, unfolded; null where there is none.</summary>
    public string? Header(string name)
    {
        var end = Text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var headers = (end < 0 ? Text : Text[..end]).Replace("\r\n ", " ", StringComparison.Ordinal).Replace("\r\n\t", " ", StringComparison.Ordinal);
        return headers.Split("\r\n")
            .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
    }
}

/// <summary>What the server does instead of its ordinary answer.</summary>
public sealed record SmtpAnswer
{
    internal byte[] Bytes { get; private init; } = [];

    internal TimeSpan? PerByte { get; private init; }

    internal SmtpEnding Ending { get; private init; }

    internal bool TakesMail { get; private init; }

    internal int ReadFirst { get; private init; }

    /// <summary>Silence until the client leaves.</summary>
    public static SmtpAnswer Stall { get; } = new() { Ending = SmtpEnding.Stall };

    /// <summary>An orderly end of the connection (FIN).</summary>
    public static SmtpAnswer HangUp { get; } = new() { Ending = SmtpEnding.Close };

    /// <summary>A broken connection (RST).</summary>
    public static SmtpAnswer Reset { get; } = new() { Ending = SmtpEnding.Reset };

    /// <summary>The server's side is shut; it goes on reading until the client leaves.</summary>
    public static SmtpAnswer HalfClose { get; } = new() { Ending = SmtpEnding.HalfClose };

    /// <summary>A reply; several lines make a reply of several lines and must carry their own codes and dashes.</summary>
    public static SmtpAnswer Reply(params string[] lines) =>
        new() { Bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\r\n"))), TakesMail = lines[^1].StartsWith('2') };

    /// <summary>Octets as they are, garbage perhaps.</summary>
    public static SmtpAnswer Raw(string latin1) => new() { Bytes = Encoding.Latin1.GetBytes(latin1) };

    /// <summary>A reply that comes one octet at a time.</summary>
    public static SmtpAnswer Drip(string line, TimeSpan perByte) =>
        new() { Bytes = Encoding.UTF8.GetBytes(line + "\r\n"), PerByte = perByte, TakesMail = line.StartsWith('2') };

    /// <summary>At <see cref="SmtpPoint.Content"/>: reads so many octets, then breaks the connection.</summary>
    public static SmtpAnswer ResetAfter(int octets) => new() { Ending = SmtpEnding.Reset, ReadFirst = octets };

    /// <summary>Says this, then ends the connection.</summary>
    public SmtpAnswer ThenHangUp() => this with { Ending = SmtpEnding.Close };

    /// <summary>Keeps the mail all the same: what a server does that takes a mail and dies before it can say so.</summary>
    public SmtpAnswer ButTakesTheMail() => this with { TakesMail = true };
}

/// <summary>What happens to the connection after an answer.</summary>
internal enum SmtpEnding
{
    None,
    Close,
    Reset,
    HalfClose,
    Stall,
}
