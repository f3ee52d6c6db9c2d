using System.Globalization;
using DigestService.Delivery;
using DigestService.Platform;

namespace DigestService.Admin;

/// <summary>What the operator may do with chosen mails.</summary>
internal enum OutboxAction
{
    /// <summary>Sends what failed, waits or is in doubt at the next chance.</summary>
    Retry,

    /// <summary>Keeps a mail from being claimed until it is released.</summary>
    Hold,

    /// <summary>Lets a held mail be sent at the next chance.</summary>
    Release,

    /// <summary>Sends a mail never.</summary>
    Stop,
}

/// <summary>
/// Does what the operator asks with chosen mails and writes it into the log. Each mail is a statement of its own: a sender
/// that marks several at once is waited for, and never waits for us while we wait for it.
/// </summary>
internal sealed partial class OutboxActions(Database database, ILogger<OutboxActions> log)
{
    /// <summary>So many mails in one order.</summary>
    public const int Most = 200;

    /// <summary>
    /// How many of the mails it was done with. One that is being sent is left to its sender, and so is one that is finished. One
    /// that a sender has only claimed is taken away from it: it finds its claim lost when it marks the mail.
    /// </summary>
    public async Task<int> DoAsync(OutboxAction action, IReadOnlyCollection<long> ids, CancellationToken ct)
    {
        var sql = action switch
        {
            OutboxAction.Retry => OutboxQueries.RetryOne,
            OutboxAction.Hold => OutboxQueries.HoldOne,
            OutboxAction.Release => OutboxQueries.ReleaseOne,
            _ => OutboxQueries.StopOne,
        };
        var done = new List<long>();
        foreach (var id in ids.Distinct().Take(Most))
        {
            if (await database.ExecuteAsync(sql, new { id }, ct) > 0)
                done.Add(id);
        }

        LogDone(log, action, done.Count, ids.Count, done);
        return done.Count;
    }

    /// <summary>What became of it, for the operator.</summary>
    public static string Sentence(OutboxAction action, int done, int left)
    {
        var (did, cannot) = action switch
        {
            OutboxAction.Retry => ("to be sent again", "Only what failed, waits or is in doubt and is not held can be sent again."),
            OutboxAction.Hold => ("held", "A mail that is being sent, is finished or waits for your word cannot be held."),
            OutboxAction.Release => ("released", "It was not held."),
            _ => ("stopped", "A mail that is being sent or is finished cannot be stopped."),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Quantities.Count(done, "mail is", "mails are")} {did}.{(left > 0 ? $" {left} could not be: {cannot}" : "")}");
    }

    [LoggerMessage(EventId = 7003, Level = LogLevel.Information, Message = "The operator asked for {Action}; it was done with {Done} of {Asked} mails: {Ids}")]
    private static partial void LogDone(ILogger log, OutboxAction action, int done, int asked, IReadOnlyList<long> ids);
}
