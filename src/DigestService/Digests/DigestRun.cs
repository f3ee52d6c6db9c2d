using DigestService.Delivery;
using NodaTime;

namespace DigestService.Digests;

/// <summary><c>digests run</c>: plan, compose and send everything that is due, then stop.</summary>
internal sealed class DigestRun(DigestTick tick, Sender sender, NewMail newMail, TimeProvider time)
{
    /// <summary>Does one run at <paramref name="now"/>; several may run at once, in one process or in many.</summary>
    public async Task<DigestRunCounts> RunAsync(Instant now, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        // Sending begins with the first batch: by then the tick has given up what it makes too late.
        var first = newMail.Next;
        var composing = tick.RunAsync(now, ct);
        if (await Task.WhenAny(first, composing) == composing)
            await composing;
        var (ticked, sent) = await SendWhileAsync(composing, ct);
        return new DigestRunCounts
        {
            Planned = ticked.Planned,
            Sent = sent.Sent,
            Deferred = sent.Deferred,
            Failed = sent.Failed + ticked.Composed.MailsTooLate,
            Unknown = sent.Unknown + ticked.Composed.DoubtsTooLate,
            Suppressed = ticked.Composed.Suppressed + sent.Suppressed,
            Empty = ticked.Composed.Empty,
            Hindrance = sent.Hindrance,
            Seconds = Math.Round(time.GetElapsedTime(started).TotalSeconds, 3),
        };
    }

    /// <summary>What is composed is sent while the next is being composed; the outbox is the buffer between the two.</summary>
    private async Task<(TickCounts Ticked, SendCounts Sent)> SendWhileAsync(Task<TickCounts> composing, CancellationToken ct)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var sending = sender.DrainAsync(composing, stopping.Token);
        try
        {
            await composing;
        }
        catch
        {
            // Nothing more is begun, and what is under way is finished before the reason is told.
            await stopping.CancelAsync();
            await ((Task)sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return (await composing, await sending);
    }
}

/// <summary>What one run did.</summary>
internal sealed record DigestRunCounts
{
    /// <summary>Digests that came due and were planned by this run.</summary>
    public required int Planned { get; init; }

    /// <summary>Mails a relay accepted.</summary>
    public required int Sent { get; init; }

    /// <summary>Mails to be tried again later.</summary>
    public required int Deferred { get; init; }

    /// <summary>Mails a relay refused for good, and mails that waited too long.</summary>
    public required int Failed { get; init; }

    /// <summary>Mails of which nobody can know whether they arrived.</summary>
    public required int Unknown { get; init; }

    /// <summary>Digests and mails not sent because the reader must not be mailed.</summary>
    public required int Suppressed { get; init; }

    /// <summary>Digests with nothing to say.</summary>
    public required int Empty { get; init; }

    /// <summary>Why due mails remain, in a sentence; null where none do.</summary>
    public string? Hindrance { get; init; }

    /// <summary>Wall time of the run.</summary>
    public required double Seconds { get; init; }
}
