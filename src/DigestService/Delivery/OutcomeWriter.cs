using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Delivery;

/// <summary>
/// Writes marks and results for all connections of a worker: whatever has gathered while one commit was under way goes
/// into the next, so that a durable mark before each mail costs little. First come, first written: once a connection's
/// mark stands, so does the result it handed in before it.
/// </summary>
internal sealed partial class OutcomeWriter(
    Database database, SendingHold hold, DeliveryOptions options, IClock clock, Action<Verdict> recorded, ILogger logger) : IAsyncDisposable
{
    private const int MostEntries = 400;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Channel<Entry> _entries = Channel.CreateUnbounded<Entry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _givingUp = new();
    private readonly OutcomeConnection _connection = new(database, hold, options, clock);
    private Task? _writing;
    private volatile Exception? _outage;
    private volatile TaskCompletionSource _gathered = new();
    private int _busy;
    private int _marksWaiting;

    /// <summary>
    /// How long a mark waits for those of other connections at the most. A relay on the same machine answers within a
    /// millisecond; one that is further away is not waited for.
    /// </summary>
    public TimeSpan Gathering { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Whether something waits here that the database could not take when it was last asked.</summary>
    public bool IsHeldUp => _outage is not null;

    /// <summary>Starts writing.</summary>
    public void Start() => _writing = Task.Run(WriteAllAsync);

    /// <summary>A connection has a mail to deliver, and will ask for its mark.</summary>
    public void Begin() => Interlocked.Increment(ref _busy);

    /// <summary>It is done with that mail.</summary>
    public void End() => Interlocked.Decrement(ref _busy);

    /// <summary>
    /// Marks a mail as being sent: durable when this returns <see cref="MarkResult.Marked"/>. Waits as long as the database
    /// is gone, and answers <see cref="MarkResult.Lost"/> if the claim did not survive that.
    /// </summary>
    public async Task<MarkResult> MarkAsync(InFlightDelivery mail, string relay)
    {
        var entry = new Entry(mail, relay, null);
        if (!_entries.Writer.TryWrite(entry))
            return MarkResult.Lost;
        if (Interlocked.Increment(ref _marksWaiting) >= WorthWriting)
            _gathered.TrySetResult();
        return await entry.Done.Task;
    }

    /// <summary>Hands in a result, to be written before any mark that is asked for later.</summary>
    public void Record(Verdict verdict) => _entries.Writer.TryWrite(new Entry(null, null, verdict));

    /// <summary>Throws what the database last said, while something waits here that it could not take; who catches it tells of it.</summary>
    public void ThrowIfHeldUp()
    {
        if (_outage is { } outage)
            ExceptionDispatchInfo.Throw(outage);
    }

    /// <summary>Waits no longer than this for a database that takes nothing.</summary>
    public void GiveUpAfter(TimeSpan limit) => _givingUp.CancelAfter(limit);

    /// <summary>Writes what is left, for at most <paramref name="limit"/>.</summary>
    public async Task FinishAsync(TimeSpan limit)
    {
        _entries.Writer.TryComplete();
        GiveUpAfter(limit);
        if (_writing is not null)
            await _writing;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await FinishAsync(TimeSpan.FromSeconds(2));
        await _connection.DisposeAsync();
        _givingUp.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var group = new List<Entry>(MostEntries);
        while (await _entries.Reader.WaitToReadAsync(CancellationToken.None))
        {
            await GatherAsync();
            while (group.Count < MostEntries && _entries.Reader.TryRead(out var entry))
                group.Add(entry);
            Interlocked.Add(ref _marksWaiting, -group.Count(entry => entry.Mail is not null));
            await WriteStubbornlyAsync(group);
            group.Clear();
        }
    }

    /// <summary>
    /// Waits a little until most of the connections that have a mail ask for its mark. A commit costs the same for one as for
    /// all of them, and those that ask just after it began would have to wait for the next one.
    /// </summary>
    private async Task GatherAsync()
    {
        if (_entries.Reader.Completion.IsCompleted || Volatile.Read(ref _marksWaiting) >= WorthWriting)
            return;
        var gathered = _gathered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Volatile.Read(ref _marksWaiting) < WorthWriting)
            await Task.WhenAny(gathered.Task, Task.Delay(Gathering));
    }

    private int WorthWriting => Volatile.Read(ref _busy) * 3 / 4;

    /// <summary>
    /// A result is knowledge nobody else has: an outage is waited out. Only data the database will never take is given up,
    /// entry by entry.
    /// </summary>
    private async Task WriteStubbornlyAsync(List<Entry> group)
    {
        for (var pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await WriteAsync(group, _givingUp.Token);
                _outage = null;
                return;
            }
            catch (PostgresException refused) when (IsAboutData(refused) && group.Count > 1)
            {
                foreach (var entry in group)
                    await WriteStubbornlyAsync([entry]);
                return;
            }
            catch (PostgresException refused) when (IsAboutData(refused))
            {
                LogRefused(group[0].Id, refused.SqlState, refused.MessageText);
                group[0].Done.TrySetResult(MarkResult.Lost);
                _outage = null;
                return;
            }
            catch (Exception) when (_givingUp.IsCancellationRequested)
            {
                // What is not written by now stays 'sending' and becomes 'unknown' when the lease ends.
                if (group.Count(entry => entry.Verdict is not null) is > 0 and var results)
                    LogGivenUp(results);
                foreach (var entry in group)
                    entry.Done.TrySetResult(MarkResult.Lost);
                return;
            }
            catch (Exception outage) when (Outage.Is(outage) || outage is InvalidOperationException)
            {
                _outage = outage;
                await Task.Delay(pause, _givingUp.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
    }

    private async Task WriteAsync(List<Entry> group, CancellationToken ct)
    {
        var marks = group.Where(entry => entry.Mail is not null).ToArray();
        var verdicts = group.Where(entry => entry.Verdict is not null).Select(entry => entry.Verdict!).ToArray(); // just filtered
        if (verdicts.Length > 0)
            Failpoints.Pass(Failpoints.BeforeRecord);

        // Taken before the question: if the database renews the lease at all, it does so later than this.
        var heldUntil = TimeProvider.System.GetTimestamp() + options.LeaseSeconds * TimeProvider.System.TimestampFrequency;
        var (known, marked) = await _connection.CommitAsync(verdicts, [.. marks.Select(entry => new Mark(entry.Mail!.Mail, entry.Relay!))], ct); // marks have both

        if (verdicts.Length > 0)
            Failpoints.Pass(Failpoints.AfterRecord);
        foreach (var verdict in verdicts)
        {
            if (known.Contains(verdict.Mail.Claim))
                recorded(verdict);
            else
                LogStale(verdict.Mail.Id, verdict.State);
        }

        foreach (var entry in marks)
        {
            var mail = entry.Mail!; // marks are the entries with a mail
            var result = marked.GetValueOrDefault(mail.Mail.Claim) switch
            {
                "sending" => MarkResult.Marked,
                "suppressed" => MarkResult.Suppressed,
                _ => MarkResult.Lost,
            };
            mail.IsMarked = result == MarkResult.Marked;
            if (mail.IsMarked)
                mail.Extend(heldUntil);
            entry.Done.TrySetResult(result);
        }
    }

    /// <summary>Classes 22 and 23: the values themselves are at fault, and no waiting mends them.</summary>
    private static bool IsAboutData(PostgresException refused) =>
        refused.SqlState.StartsWith("22", StringComparison.Ordinal) || refused.SqlState.StartsWith("23", StringComparison.Ordinal);

    [LoggerMessage(5002, LogLevel.Warning, "Delivery {Id}: the result '{State}' came too late, another worker holds the row")]
    private partial void LogStale(long id, string state);

    [LoggerMessage(5003, LogLevel.Error, "Delivery {Id}: the database refused the entry ({SqlState}: {Reason})")]
    private partial void LogRefused(long id, string sqlState, string reason);

    [LoggerMessage(5004, LogLevel.Error, "Results that could not be written before the end, whose mails will be in doubt: {Count}")]
    private partial void LogGivenUp(int count);

    private sealed class Entry(InFlightDelivery? mail, string? relay, Verdict? verdict)
    {
        public long Id { get; } = mail?.Mail.Id ?? verdict!.Mail.Id; // one of the two is given

        public InFlightDelivery? Mail => mail;

        public string? Relay => relay;

        public Verdict? Verdict => verdict;

        public TaskCompletionSource<MarkResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>What became of the wish to send a mail.</summary>
internal enum MarkResult
{
    /// <summary>It stands as 'sending', durably.</summary>
    Marked,

    /// <summary>It must not be sent, and the row says why.</summary>
    Suppressed,

    /// <summary>The claim has lapsed, sending is held, or the row is somebody else's.</summary>
    Lost,
}
