namespace DigestService.Platform.Layout;

/// <summary>
/// How long a visitor waits for an answer. Answers take milliseconds; one that takes so long waits for a database that hangs. How long a
/// request takes to arrive, and its answer to be read, is the visitor's.
/// </summary>
internal sealed class AnswerPatience : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    private readonly CancellationTokenSource _end;

    private AnswerPatience(CancellationToken aborted) => _end = CancellationTokenSource.CreateLinkedTokenSource(aborted);

    /// <summary>Ends the request's work, not its answer, once it has kept its visitor waiting for too long; the token that tells so.</summary>
    public static CancellationToken Limit(HttpContext http)
    {
        if (MayTakeLong(http.Request))
            return http.RequestAborted;
        var patience = new AnswerPatience(http.RequestAborted);
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

    /// <summary>Reads what a visitor sends, which counts for nothing.</summary>
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
    public void Dispose() => _end.Dispose();

    // An operator's order may move a million mails, and a provider posts a thousand reports at once.
    private static bool MayTakeLong(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && ((string[])["/admin", "/api/v1/operator", "/inbound"]).Any(place => request.Path.StartsWithSegments(place, StringComparison.OrdinalIgnoreCase));

    private void Start() => _end.CancelAfter(Longest);

    private void Stop() => _end.CancelAfter(Timeout.InfiniteTimeSpan);
}
