using System.Collections.Concurrent;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Journeys.RandomWalk;

/// <summary>A relay that is well or not, as a walk draws it: one mood for all, and a mood for each address.</summary>
internal sealed class MoodyRelay : IAsyncDisposable
{
    private readonly ScriptedSmtpServer _server;
    private readonly ConcurrentQueue<string> _refused = [];
    private int _mails;

    /// <summary>Starts one that is well.</summary>
    public MoodyRelay() => _server = ScriptedSmtpServer.Start(answers: Answer);

    /// <summary>What it does with every third mail, or with all.</summary>
    public RelayMood Mood { get; set; }

    /// <summary>Addresses whose owner has no mailbox any more.</summary>
    public HashSet<string> Closed { get; } = [];

    /// <summary>Addresses whose mailbox is full.</summary>
    public HashSet<string> Full { get; } = [];

    /// <summary>Settings that lead to it.</summary>
    public (string Key, string Value)[] Settings => _server.Settings;

    /// <summary>Mails it has taken, whether it said so or not, in the order in which it took them.</summary>
    public IReadOnlyCollection<ReceivedMail> Taken => _server.Received;

    /// <summary>The addresses it has called unknown since it was asked last.</summary>
    public IEnumerable<string> TakeRefused()
    {
        while (_refused.TryDequeue(out var address))
            yield return address;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private SmtpAnswer? Answer(SmtpStep step)
    {
        if (step.Point == SmtpPoint.Rcpt)
        {
            if (Closed.Contains(step.Recipient))
            {
                _refused.Enqueue(step.Recipient);
                return SmtpAnswer.Reply("550 5.1.1 no such user");
            }

            if (Full.Contains(step.Recipient))
                return SmtpAnswer.Reply("452 4.2.2 mailbox full");
        }

        var isHit = step.Point == SmtpPoint.Mail && Interlocked.Increment(ref _mails) % 3 == 0 || step.Point != SmtpPoint.Mail && Volatile.Read(ref _mails) % 3 == 0;
        return (Mood, step.Point) switch
        {
            (RelayMood.RefusesAll, SmtpPoint.Rcpt) => SmtpAnswer.Reply("550 5.7.1 Relaying denied"),
            (RelayMood.Busy, SmtpPoint.Rcpt) when isHit => SmtpAnswer.Reply("451 4.3.2 try later"),
            (RelayMood.HangsUp, SmtpPoint.Mail) when isHit => SmtpAnswer.Reply("421 4.7.0 too many mails").ThenHangUp(),
            (RelayMood.BreaksContent, SmtpPoint.Content) when isHit => SmtpAnswer.ResetAfter(500),
            (RelayMood.TakesAndBreaks, SmtpPoint.Dot) when isHit => SmtpAnswer.Reset.ButTakesTheMail(),
            (RelayMood.BreaksAtTheDot, SmtpPoint.Dot) when isHit => SmtpAnswer.Reset,
            (RelayMood.DislikesContent, SmtpPoint.Dot) when isHit => SmtpAnswer.Reply("554 5.7.1 looks like spam"),
            (RelayMood.Greets421, SmtpPoint.Greeting) => SmtpAnswer.Reply("421 4.3.2 closing").ThenHangUp(),
            _ => null,
        };
    }
}

/// <summary>How a <see cref="MoodyRelay"/> treats mails.</summary>
internal enum RelayMood
{
    Well,
    Busy,
    HangsUp,
    BreaksContent,
    TakesAndBreaks,
    BreaksAtTheDot,
    DislikesContent,
    Greets421,
    RefusesAll,
}
