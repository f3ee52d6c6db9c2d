using System.CommandLine;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Delivery;

/// <summary><c>outbox …</c>: what waits, what went wrong, and the operator's say in both.</summary>
internal static class OutboxVerb
{
    private static readonly Option<bool> Failed = new("--failed") { Description = "Send again what failed, refused mails too." };
    private static readonly Option<bool> Unknown = new("--unknown") { Description = "Send again what waits in doubt; some may arrive twice." };

    /// <summary>The verb with its sub-verbs.</summary>
    public static Command Create()
    {
        var outbox = new Command("outbox", "What waits to be sent, what is held, and what went wrong.");
        outbox.Subcommands.Add(new Command("status", "How many mails stand in each state.").Does((verb, ct) => ReportAsync(verb, ct)));
        outbox.Subcommands.Add(Send());
        outbox.Subcommands.Add(Hold());
        outbox.Subcommands.Add(Again("release", "Let sending go on after a hold; with --failed or --unknown, those mails.", LiftHoldAsync));
        outbox.Subcommands.Add(Again("retry", "Send deferred mails now; with --failed or --unknown, those instead.", RetryDeferredAsync));
        outbox.Subcommands.Add(Kill());
        return outbox;
    }

    private static Command Send() => new Command("send", "Send everything that is due, then exit.").Does(
        async (verb, ct) =>
        {
            var counts = await verb.Service<Sender>().DrainAsync(ct);
            if (counts.Hindrance is not null)
                await Console.Error.WriteLineAsync(counts.Hindrance);
            verb.Report(
                new { counts.Sent, counts.Deferred, counts.Failed, counts.Unknown, counts.Suppressed },
                $"{counts.Sent} sent, {counts.Deferred} deferred, {counts.Failed} failed, {counts.Unknown} unknown, {counts.Suppressed} suppressed");
            return counts.Hindrance is null ? 0 : 1;
        },
        Verb.NowOption());

    private static Command Hold()
    {
        var because = new Option<string>("--because") { Description = "What to show as the reason.", DefaultValueFactory = _ => "The operator asked for it." };
        var command = new Command("hold", "Stop all sending, in every process, until 'outbox release'.") { because };
        return command.Does(async (verb, ct) =>
        {
            await verb.Service<SendingHold>().HoldAsync(verb.Parse.GetValue(because)!, ct); // it has a default
            return await ReportAsync(verb, ct);
        });
    }

    private static Command Kill()
    {
        var day = new Argument<string>("DATE") { Description = "The nominal day of the digests, such as 2026-01-31." };
        var command = new Command("kill", "Stop the digests of one day for good: what is still unsent of them ends as suppressed.") { day };
        return command.Does(async (verb, ct) =>
        {
            if (!NodaTime.Text.LocalDatePattern.Iso.Parse(verb.Parse.GetValue(day)!).TryGetValue(default, out var date)) // it is required
                throw new OperatorException($"'{verb.Parse.GetValue(day)}' is no day; write it as 2026-01-31.");
            await verb.Service<Database>().ExecuteAsync(OutboxQueries.KillDigests, new { day = date }, ct);
            return await ReportAsync(verb, ct);
        });
    }

    private static Command Again(string name, string description, Func<VerbContext, CancellationToken, Task> otherwise) =>
        new Command(name, description) { Failed, Unknown }.Does(async (verb, ct) =>
        {
            var database = verb.Service<Database>();
            var (failed, unknown) = (verb.Parse.GetValue(Failed), verb.Parse.GetValue(Unknown));
            if (failed)
                await database.ExecuteAsync(OutboxQueries.RetryFailed, null, ct);
            if (unknown)
                await database.ExecuteAsync(OutboxQueries.RetryUnknown, null, ct);
            if (!failed && !unknown)
                await otherwise(verb, ct);
            return await ReportAsync(verb, ct);
        });

    private static Task LiftHoldAsync(VerbContext verb, CancellationToken ct) => verb.Service<SendingHold>().ReleaseAsync(ct);

    private static Task RetryDeferredAsync(VerbContext verb, CancellationToken ct) =>
        verb.Service<Database>().ExecuteAsync(OutboxQueries.RetryDeferred, null, ct);

    private static async Task<int> ReportAsync(VerbContext verb, CancellationToken ct)
    {
        var status = await verb.Service<Outbox>().ReadStatusAsync(verb.Service<Database>(), ct);
        verb.Report(
            status,
            text =>
            {
                text.WriteLine(
                    $"{status.Queued} queued ({status.Claimed} in flight), {status.Sending} sending, {status.Sent} sent, {status.Deferred} deferred, "
                    + $"{status.Failed} failed, {status.Unknown} unknown ({status.Parked} wait for you), {status.Suppressed} suppressed");
                if (status.HeldBecause is not null)
                    text.WriteLine($"Sending is held: {status.HeldBecause}");
            });
        return 0;
    }
}
