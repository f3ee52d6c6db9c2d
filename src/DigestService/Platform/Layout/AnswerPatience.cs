namespace DigestService.Platform.Layout;

/// <summary>
/// How long a visitor waits for an answer. Answers take milliseconds; one that takes so long waits for a database that hangs. How long a
/// request takes to arrive, and its answer to be read, is the visitor's.
/// </summary>
internal sealed class AnswerPatience : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    // A digest is chosen for these among all recent papers, or all mails and readers are searched: seconds, and more on a busy machine.
    private static readonly TimeSpan LongestOfSlow = TimeSpan.FromSeconds(25);
    private static readonly string[] Slow = ["/preferences", "/digests", "/admin", "/api/v1/operator"];

    // An operator's order may move a million mails, and a provider posts a thousand reports at once.
    private static readonly string[] WithoutEnd = ["/admin", "/api/v1/operator", "/inbound"];

    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenRegistration _breakingOff;
    private readonly TimeSpan _limit;

    private AnswerPatience(HttpContext http, TimeProvider time)
    {
        _end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _breakingOff = http.RequestAborted.UnsafeRegister(static end => ((CancellationTokenSource)end!).Cancel(), _end); // given beside it
        _limit = IsUnder(Slow, http.Request) ? LongestOfSlow : Longest;
    }

    /// <summary>Ends the request's work, not its answer, once it has kept its visitor waiting for too long; the token that tells so.</summary>
    public static CancellationToken Limit(HttpContext http, TimeProvider time)
    {
        if (!HttpMethods.IsGet(http.Request.Method) && IsUnder(WithoutEnd, http.Request))
            return http.RequestAborted;
        var patience = new AnswerPatience(http, time);
        http.Response.RegisterForDispose(patience);
        http.Features.Set(patience);
        http.Response.OnStarting(() =>
        {
            patience.Stop();
            return Task.CompletedTask;
        });
        patience.Start();
        return http.RequestAborted = patience._end.Token;
    }

    /// <summary>Reads what a visitor sends; the time that takes does not count.</summary>
    public static async Task<T> WhileReadingAsync<T>(HttpRequest request, Func<Task<T>> read)
    {
        var patience = request.HttpContext.Features.Get<AnswerPatience>();
        patience?.Stop();
        try
        {
            return await read();
        }
        finally
        {
            patience?.Start();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _breakingOff.Dispose();
        _end.Dispose();
    }

    private static bool IsUnder(string[] places, HttpRequest request) =>
        Array.Exists(places, place => request.Path.StartsWithSegments(place, StringComparison.OrdinalIgnoreCase));

    private void Start() => _end.CancelAfter(_limit);

    private void Stop() => _end.CancelAfter(Timeout.InfiniteTimeSpan);
}
