namespace DigestService.Platform;

/// <summary>Tells those who wait that something has happened, once more each time.</summary>
internal class Signal
{
    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when something is announced after this was asked.</summary>
    public Task Next => _next.Task;

    /// <summary>It has happened, and can be seen by everybody.</summary>
    public void Announce()
    {
        var announced = _next;
        _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        announced.TrySetResult();
    }
}
