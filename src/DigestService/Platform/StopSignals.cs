using System.Runtime.InteropServices;

namespace DigestService.Platform;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks what runs to stop in order, and Ctrl-C after that ends the patience with it. A process that was
/// asked to stop ends in any case.
/// </summary>
internal static class StopSignals
{
    private const int Interrupted = 130;
    private const int Terminated = 143;

    // What serves has 25 seconds, and then the private PostgreSQL is stopped.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(5);

    // Programs that hand a signal on, as timeout does, send it to the process and to its group.
    private static readonly TimeSpan OneAndTheSame = TimeSpan.FromSeconds(1);

    // A signal may come while the program ends: none of this is disposed.
    private static readonly CancellationTokenSource Stop = new();
    private static readonly CancellationTokenSource Hurry = new();
    private static readonly List<PosixSignalRegistration> Registrations = [];
    private static readonly Lock Lock = new();
    private static long? _askedAt;
    private static int _code;

    /// <summary>Asks to stop.</summary>
    public static CancellationToken Asked => Stop.Token;

    /// <summary>Ends the patience of a stop.</summary>
    public static CancellationToken Impatience => Hurry.Token;

    /// <summary>Listens from now on.</summary>
    public static void Listen() =>
        Registrations.AddRange([PosixSignalRegistration.Create(PosixSignal.SIGINT, Hear), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Hear)]);

    /// <summary>The exit code of what runs, or the signal's where it does not end within the patience.</summary>
    public static async Task<int> EndOfAsync(Task<int> work)
    {
        if (await Task.WhenAny(work, OverdueAsync()) == work)
            return await work;
        await Console.Error.WriteLineAsync("Ended before all of it had stopped.");
        return _code;
    }

    private static async Task OverdueAsync()
    {
        await Task.Delay(Timeout.Infinite, Asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(Patience, Impatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Impatience.IsCancellationRequested)
            await Task.Delay(LastPatience);
    }

    private static void Hear(PosixSignalContext context)
    {
        context.Cancel = true;
        bool isFirst;
        lock (Lock)
        {
            isFirst = _askedAt is null;
            if (isFirst)
                (_askedAt, _code) = (TimeProvider.System.GetTimestamp(), context.Signal is PosixSignal.SIGINT ? Interrupted : Terminated);
            else if (context.Signal is not PosixSignal.SIGINT || TimeProvider.System.GetElapsedTime(_askedAt!.Value) < OneAndTheSame) // set by the first
                return;
        }

        (isFirst ? Stop : Hurry).Cancel();
    }
}
