namespace DigestService.Delivery;

/// <summary>Tells the sender of this process that mails were put into the outbox, so that it need not wait until it looks again.</summary>
internal sealed class NewMail
{
    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when mails are announced after this was asked.</summary>
    public Task Next => _next.Task;

    /// <summary>Mails are in the outbox, and committed.</summary>
    public void Announce()
    {
        var announced = _next;
        _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        announced.TrySetResult();
    }
}
