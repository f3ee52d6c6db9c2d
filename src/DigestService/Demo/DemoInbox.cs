using System.Net;
using DigestService.Mail.Mailboxes;
using DigestService.Mail.Mime;
using DigestService.Mail.Smtp;
using NodaTime;

namespace DigestService.Demo;

/// <summary>
/// The mailbox of everybody the demo writes to: an SMTP server on loopback that keeps each mail in a Maildir, whoever
/// it is for, and nothing leaves the machine.
/// </summary>
internal sealed class DemoInbox : IAsyncDisposable
{
    private readonly Maildir _maildir;
    private readonly IClock _clock;
    private readonly TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SmtpReceiver _receiver;

    /// <summary>Starts receiving on a free port of loopback into <paramref name="directory"/>.</summary>
    public DemoInbox(string directory, IClock clock)
    {
        _maildir = new Maildir(directory);
        _clock = clock;
        _receiver = SmtpReceiver.Start(new IPEndPoint(IPAddress.Loopback, 0), TakeAsync);
    }

    /// <summary>The port to hand mail to.</summary>
    public int Port => _receiver.EndPoint.Port;

    /// <summary>Ends when the first mail of this run has arrived.</summary>
    public Task Arrival => _arrival.Task;

    /// <summary>All mails, the newest first.</summary>
    public IReadOnlyList<InboxMail> List() =>
        [.. Directory.EnumerateFiles(Path.Combine(_maildir.Root, "new"))
            .OrderDescending(StringComparer.Ordinal)
            .Select(InboxMail.Read)];

    /// <summary>One mail by the name of its file; null where there is none.</summary>
    public InboxMail? Find(string name)
    {
        // Only names that a look into the folder yields, whatever was asked for.
        var path = Directory.EnumerateFiles(Path.Combine(_maildir.Root, "new"))
            .FirstOrDefault(file => string.Equals(Path.GetFileName(file), name, StringComparison.Ordinal));
        return path is null ? null : InboxMail.Read(path);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    private async Task TakeAsync(IncomingMail mail, CancellationToken ct)
    {
        await _maildir.AddAsync(mail.Raw, _clock.GetCurrentInstant().ToDateTimeOffset(), ct);
        _arrival.TrySetResult();
    }
}

/// <summary>One received mail, read back as a mail program would.</summary>
internal sealed record InboxMail
{
    /// <summary>File name in the Maildir; names the mail in links.</summary>
    public required string Name { get; init; }

    /// <summary>The octets as they came over SMTP.</summary>
    public required byte[] Raw { get; init; }

    /// <summary>Decoded <c>From</c>.</summary>
    public required string From { get; init; }

    /// <summary>Decoded <c>To</c>.</summary>
    public required string To { get; init; }

    /// <summary>Decoded <c>Subject</c>.</summary>
    public required string Subject { get; init; }

    /// <summary><c>Date</c> as written.</summary>
    public required string Date { get; init; }

    /// <summary>The HTML part; null where there is none.</summary>
    public string? Html { get; init; }

    /// <summary>The text part; null where there is none.</summary>
    public string? Text { get; init; }

    /// <summary>Whether it is a digest rather than a mail about the subscription.</summary>
    public bool IsDigest { get; init; }

    /// <summary>Reads one file of the Maildir.</summary>
    public static InboxMail Read(string path)
    {
        var raw = File.ReadAllBytes(path);
        var mail = MimeReader.Read(raw);
        return new InboxMail
        {
            Name = Path.GetFileName(path),
            Raw = raw,
            From = mail.Headers.First("From") ?? "",
            To = mail.Headers.First("To") ?? "",
            Subject = mail.Headers.First("Subject") ?? "(no subject)",
            Date = mail.Headers.First("Date") ?? "",
            Html = mail.Find("text/html")?.Text(),
            Text = mail.Find("text/plain")?.Text(),
            IsDigest = mail.Headers.First("X-Digest-Delivery") is not null && mail.Headers.First("List-Unsubscribe") is not null,
        };
    }
}
