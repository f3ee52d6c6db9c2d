using DigestService.Delivery;
using NodaTime;

namespace DigestService.Digests;

/// <summary><c>digests run</c>: plan, compose and send everything that is due, then stop.</summary>
internal sealed class DigestRun(DigestTick tick, Sender sender, TimeProvider time)
{
    /// <summary>Does one run at <paramref name="now"/>; several may run at once, in one process or in many.</summary>
    public async Task<DigestRunCounts> RunAsync(Instant now, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var ticked = await tick.RunAsync(now, ct);
        var sent = await sender.DrainAsync(ct);
        return new DigestRunCounts
        {
            Planned = ticked.Planned,
            Sent = sent.Sent,
            Deferred = sent.Deferred,
            Failed = sent.Failed + ticked.Composed.MailsTooLate,
            Unknown = sent.Unknown,
            Suppressed = ticked.Composed.Suppressed + sent.Suppressed,
            Empty = ticked.Composed.Empty,
            Hindrance = sent.Hindrance,
            Seconds = Math.Round(time.GetElapsedTime(started).TotalSeconds, 3),
        };
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
