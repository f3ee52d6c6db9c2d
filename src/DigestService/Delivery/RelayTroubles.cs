using System.Diagnostics.Metrics;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>
/// Which relays take no mail and what they say, written by the senders for every process to read: <c>/readyz</c>,
/// <c>doctor</c>, <c>/admin</c>, the operator's mail and the next run.
/// </summary>
internal sealed partial class RelayTroubles(Database database, SmtpOptions smtp, IClock clock, ILogger<RelayTroubles> logger)
{
    private const int MostWordsRemembered = 100;
    private static readonly TimeSpan Refresh = TimeSpan.FromMinutes(1);
    private static readonly Duration JustEnded = Duration.FromHours(2);
    private static readonly Duration Again = Duration.FromMinutes(1);

    // Where mail is sent by 'digests run' once a day, somebody looks at least that often.
    private static readonly Duration Forgotten = Duration.FromDays(2);

    private static readonly Gauge<int> IsRefusing =
        Telemetry.Meter.CreateGauge<int>("digest.relay.refusing", "{relay}", "1 while a relay takes no mail, 0 while it does.");

    /// <summary>What the operator can do about a relay that takes no mail.</summary>
    public const string WhatToDo = "Mails wait; mend the relay or its settings, then 'digest outbox retry' and 'digest outbox send' try it at once.";

    /// <summary>A sentence on a relay that takes no mail, and what the operator can do.</summary>
    public static string WithRemedy(string words) => $"{Ended(words)} {WhatToDo}";

    private static string Ended(string words) => words.EndsWith('?') ? words : words.TrimEnd('.') + ".";

    private static readonly TimeSpan SameWordsPause = TimeSpan.FromHours(1);
    private readonly Dictionary<string, long> _told = new(StringComparer.Ordinal);

    /// <summary>The names of all relays that are set; empty in a process that knows none.</summary>
    public IReadOnlyList<string> Configured { get; } = smtp.Relays.Count > 0 || smtp.IsNamed ? [.. smtp.ConfiguredRelays().Select(Relay.NameOf)] : [];

    /// <summary>
    /// The relays that take no mail now. Those that are no longer set are left out; a process that knows none leaves out what no sender has
    /// seen for two days.
    /// </summary>
    public async Task<IReadOnlyList<OpenTrouble>> ReadAsync(CancellationToken ct)
    {
        var open = await database.QueryAsync<OpenTrouble>(RelayTroubleQueries.Open, null, ct);
        var since = clock.GetCurrentInstant() - Forgotten;
        return [.. open.Where(trouble => Configured.Count == 0 ? trouble.SeenAt >= since : Configured.Contains(trouble.Relay, StringComparer.Ordinal))];
    }

    /// <summary>
    /// What each relay that is set said when it last refused a mail for a reason that is ours; and those, in sentences, that
    /// refused the last mail of all while mail waits: with few readers nobody sees five refusals in a row.
    /// </summary>
    public async Task<(IReadOnlyList<LastRefusal> Last, IReadOnlyList<string> Unanswered)> ReadRefusalsAsync(CancellationToken ct)
    {
        var all = await database.QueryAsync<LastRefusal>(database.IsDistributed ? RelayTroubleQueries.SpreadLast : RelayTroubleQueries.Last, new { now = clock.GetCurrentInstant() }, ct);
        var last = all.Where(refusal => Configured.Count == 0 || Configured.Contains(refusal.Relay, StringComparer.Ordinal)).ToList();
        var unanswered = last.Where(refusal => refusal.IsUnanswered)
            .Select(refusal => $"{refusal.Relay} refused the last mail it was given, and none was sent since: {refusal.Words} (at {refusal.SeenAt}). Mails wait; mend the account or the relay, then 'digest outbox retry' tries it at once.")
            .ToList();
        return (last, unanswered);
    }

    /// <summary>Takes up what the last run found, so that a relay which still answers so costs one mail's delay.</summary>
    public async Task ResumeAsync(IReadOnlyList<Relay> relays, CancellationToken ct)
    {
        foreach (var trouble in await ReadAsync(ct))
        {
            if (relays.FirstOrDefault(relay => relay.Name == trouble.Relay) is { } relay)
            {
                relay.IsUnreached = trouble.Answers == RelayTrouble.Unreached;
                relay.Health.Distrust(trouble.Answers);
                relay.WrittenTrouble = trouble.Words;
            }
        }

        foreach (var trouble in await database.QueryAsync<OpenTrouble>(RelayTroubleQueries.JustEnded, new { since = clock.GetCurrentInstant() - JustEnded }, ct))
            relays.FirstOrDefault(relay => relay.Name == trouble.Relay)?.Health.Acquit(trouble.Answers);
    }

    /// <summary>
    /// Writes down what has changed at these relays; the log tells each change once. At the end of a run that emptied the
    /// outbox, a relay that refused the few mails there were is in trouble too. Answers the mails that wait again because
    /// it refused everybody.
    /// </summary>
    public async Task<IReadOnlyList<long>> WriteAsync(IReadOnlyList<Relay> relays, bool isEnd, CancellationToken ct)
    {
        var takenBack = new List<long>();
        foreach (var relay in relays)
        {
            IsRefusing.Record(relay.Trouble is null ? 0 : 1, new KeyValuePair<string, object?>("relay", relay.Name));
            if ((isEnd ? relay.WhyNot : relay.Trouble) is { } words)
                await BeginAsync(relay, words, ct);
            else if (relay.WrittenTrouble is not null && relay.Breaker.Failures == 0)
                await EndAsync(relay, ct);
            else if (relay.Health.Recovered is { } brief)
                await NoteBriefAsync(relay, brief, ct);
            if (relay.Health.Refusal is { } refusal)
                await NoteRefusalAsync(relay, refusal, ct);
            if (relay.Health.ToTakeBack is { Length: > 0 } mails)
                takenBack.AddRange(await TakeBackAsync(relay, mails, ct));
        }

        return takenBack;
    }

    private async Task BeginAsync(Relay relay, string words, CancellationToken ct)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (relay.WrittenTrouble == words && relay.TroubleWrittenAt != 0 && TimeProvider.System.GetElapsedTime(relay.TroubleWrittenAt, now) < Refresh)
            return;
        var answers = relay.Health.Group ?? (relay.Health.RefusedAll is null ? RelayTrouble.Unreached : RelayTrouble.Ours);
        await database.ExecuteAsync(RelayTroubleQueries.Begin, new { relay = relay.Name, answers, words, now = clock.GetCurrentInstant() }, ct);
        var isNews = IsNews(relay, words);
        if (relay.TroubleWrittenAt == 0 || relay.WrittenTrouble != words && isNews)
            LogBegun(Ended(words));
        (relay.WrittenTrouble, relay.TroubleWrittenAt) = (words, now);
    }

    // A result that is not written yet is not found; its mail is asked for again next time.
    private async Task<IReadOnlyList<long>> TakeBackAsync(Relay relay, long[] mails, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var taken = await database.QueryAsync<long>(
            RelayTroubleQueries.TakeBack, new { mails, again = now + Again, midnight = now.InUtc().Date.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant() }, ct);
        relay.Health.TookBack(taken);
        return taken;
    }

    // Begun and over between two looks: the next run should know all the same.
    private async Task NoteBriefAsync(Relay relay, RelayTrouble brief, CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        await database.ExecuteAsync(RelayTroubleQueries.Begin, new { relay = relay.Name, answers = brief.Group, words = brief.Words, now }, ct);
        await EndAsync(relay, ct);
    }

    private async Task NoteRefusalAsync(Relay relay, SingleRefusal refusal, CancellationToken ct)
    {
        var seenAt = clock.GetCurrentInstant() - Duration.FromTimeSpan(TimeProvider.System.GetElapsedTime(refusal.At));
        if (relay.WrittenTrouble is null)
        {
            await database.ExecuteAsync(RelayTroubleQueries.Note, new { relay = relay.Name, answers = RelayTrouble.Once, words = refusal.Words, now = seenAt }, ct);
            if (IsNews(relay, refusal.Words))
                LogRefused(relay.Name, refusal.Words);
        }

        relay.Health.Forget(refusal);
    }

    private bool IsNews(Relay relay, string said)
    {
        var words = $"{relay.Name} {RelayAnswer.WithoutIds(said)}";
        var now = TimeProvider.System.GetTimestamp();
        lock (_told)
        {
            if (_told.TryGetValue(words, out var at) && TimeProvider.System.GetElapsedTime(at, now) < SameWordsPause)
                return false;
            if (_told.Count >= MostWordsRemembered)
                _told.Clear();
            _told[words] = now;
            return true;
        }
    }

    private async Task EndAsync(Relay relay, CancellationToken ct)
    {
        await database.ExecuteAsync(RelayTroubleQueries.End, new { relay = relay.Name, now = clock.GetCurrentInstant() }, ct);
        (relay.WrittenTrouble, relay.TroubleWrittenAt) = (null, 0);
        relay.Health.ForgetRecovered();
        LogEnded(relay.Name);
    }

    [LoggerMessage(5006, LogLevel.Error, "{Words} Its mails wait, and it is tried again with one mail at growing intervals")]
    private partial void LogBegun(string words);

    [LoggerMessage(5022, LogLevel.Information, "{Relay} refused a mail for a reason that is ours: {Words}. The mail waits and is tried again")]
    private partial void LogRefused(string relay, string words);

    [LoggerMessage(5007, LogLevel.Information, "{Relay} can be used again")]
    private partial void LogEnded(string relay);
}

/// <summary>A relay that takes no mail.</summary>
internal sealed record OpenTrouble
{
    /// <summary>Host and port.</summary>
    public required string Relay { get; init; }

    /// <summary>The kind of answers, to compare later ones with.</summary>
    public required string Answers { get; init; }

    /// <summary>Which relay said what, in a sentence.</summary>
    public required string Words { get; init; }

    /// <summary>Since when.</summary>
    public required Instant Since { get; init; }

    /// <summary>When a sender last saw it.</summary>
    public required Instant SeenAt { get; init; }

    /// <summary>The words, and what the operator can do.</summary>
    public string WithRemedy => RelayTroubles.WithRemedy(Words);
}

/// <summary>What a relay said when it last refused.</summary>
internal sealed record LastRefusal
{
    /// <summary>Host and port.</summary>
    public required string Relay { get; init; }

    /// <summary>What it said.</summary>
    public required string Words { get; init; }

    /// <summary>When.</summary>
    public required Instant SeenAt { get; init; }

    /// <summary>Whether it was one mail, and mails wait of which none was sent since.</summary>
    public required bool IsUnanswered { get; init; }
}
