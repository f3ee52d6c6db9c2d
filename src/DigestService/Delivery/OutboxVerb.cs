using System.CommandLine;
using System.Globalization;
using DigestService.Platform;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Delivery;

/// <summary><c>outbox …</c>: what waits, what went wrong, and the operator's say in both.</summary>
internal static class OutboxVerb
{
    // Whoever has given an order wants to know that it stands; whoever asks for the counts has time for them.
    private static readonly TimeSpan PatienceAfterOrder = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PatienceForStatus = TimeSpan.FromSeconds(25);

    private static readonly Option<bool> Failed = new("--failed") { Description = "Send again what failed, refused mails too." };
    private static readonly Option<bool> Unknown = new("--unknown") { Description = "Send again what waits in doubt; some may arrive twice." };
    private static readonly Option<LocalDate?> Day = VerbDays.Optional("--day", "Only digests of this nominal day, such as 2026-01-31.");
    private static readonly Option<int?> Limit = VerbNumbers.Optional("--limit", "At most so many mails, the oldest first.", least: 1);
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would be sent, and change nothing." };

    /// <summary>The verb with its sub-verbs.</summary>
    public static Command Create()
    {
        var outbox = new Command("outbox", "What waits to be sent, what is held, and what went wrong.");
        outbox.Subcommands.Add(new Command("status", "How many mails stand in each state.").Does((verb, ct) => ReportAsync(verb, PatienceForStatus, ct)));
        outbox.Subcommands.Add(Send());
        outbox.Subcommands.Add(Hold());
        outbox.Subcommands.Add(Release());
        outbox.Subcommands.Add(Retry());
        outbox.Subcommands.Add(Dismiss());
        outbox.Subcommands.Add(Kill());
        return outbox;
    }

    private static Command Send() => new Command("send", "Send everything that is due, then exit.").Does(
        async (verb, ct) =>
        {
            var counts = await verb.Service<Sender>().DrainAsync(ct);
            // What a relay refused is due later: that nothing is now must not look as if all were well.
            string[] told = counts.Hindrance is { } hindrance ? [hindrance] : [.. (await verb.Service<RelayTroubles>().ReadAsync(ct)).Select(trouble => trouble.WithRemedy)];
            foreach (var sentence in told)
                await Console.Error.WriteLineAsync(sentence);
            verb.Report(
                new { counts.Sent, counts.Deferred, counts.Failed, counts.Unknown, counts.Suppressed },
                $"{counts.Sent} sent, {counts.Deferred} deferred, {counts.Failed} failed, {counts.Unknown} unknown, {counts.Suppressed} suppressed");
            return counts.Hindrance is null ? 0 : 1;
        },
        Verb.NowOption());

    private static Command Hold()
    {
        var because = new Option<string>("--because") { Description = "What to show as the reason.", DefaultValueFactory = _ => "The operator asked for it." };
        because.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>()))
                result.AddError("--because: say why in a few words, or leave it out.");
            else if (result.GetValueOrDefault<string>()!.Length > SendingHold.LongestReason) // it has a default
                result.AddError($"--because: say why in {SendingHold.LongestReason} characters at most.");
        });
        var command = new Command("hold", "Stop all sending, in every process, until 'outbox release'.") { because };
        return command.Does(async (verb, ct) =>
        {
            await verb.Service<SendingHold>().HoldAsync(verb.Parse.GetValue(because)!, ct); // it has a default
            return await ReportAsync(verb, PatienceAfterOrder, ct);
        });
    }

    private static Command Kill()
    {
        var day = VerbDays.Required("DATE", "The nominal day of the digests, such as 2026-01-31.");
        var command = new Command("kill", "Stop the digests of one day for good: what is still unsent of them ends as suppressed.") { day };
        return command.Does(async (verb, ct) =>
        {
            await verb.Service<Database>().ExecuteAsync(OutboxQueries.KillDigests, new { day = verb.Parse.GetValue(day) }, ct);
            return await ReportAsync(verb, PatienceAfterOrder, ct);
        });
    }

    private static Command Release()
    {
        var release = new Command("release", "Let sending go on after a hold; with --failed or --unknown, those mails.") { Failed, Unknown, Day, Limit, DryRun };
        // The end of a hold is one for all mails. Whoever meant a few of them, or none, must not let all of them go.
        release.Checks(command =>
        {
            var choosesMails = command.GetValue(Failed) || command.GetValue(Unknown);
            if (!choosesMails && (command.GetResult(Day) is not null || command.GetResult(Limit) is not null || command.GetValue(DryRun)))
                command.AddError("--day, --limit and --dry-run choose mails: they need --failed or --unknown. Without them 'outbox release' ends the hold of all sending.");
        });
        return release.Does(
            async (verb, ct) =>
            {
                if (verb.Parse.GetValue(Failed) || verb.Parse.GetValue(Unknown))
                    return await RetryAsync(verb, ct);
                await verb.Service<SendingHold>().ReleaseAsync(ct);
                return await ReportAsync(verb, PatienceAfterOrder, ct);
            },
            Verb.NowOption());
    }

    private static Command Retry() =>
        new Command("retry", "Send deferred mails now; with --failed or --unknown, those instead.") { Failed, Unknown, Day, Limit, DryRun }.Does(
            RetryAsync, Verb.NowOption());

    private static Command Dismiss() =>
        new Command("dismiss", "Let the mails be that wait in doubt: nobody is mailed again.") { Day }.Does(async (verb, ct) =>
        {
            await verb.Service<OutboxRetry>().DismissAsync(verb.Parse.GetValue(Day), ct);
            return await ReportAsync(verb, PatienceAfterOrder, ct);
        });

    private static async Task<int> RetryAsync(VerbContext verb, CancellationToken ct)
    {
        var day = verb.Parse.GetValue(Day);
        var limit = verb.Parse.GetValue(Limit);
        var retry = verb.Service<OutboxRetry>();
        var isDryRun = verb.Parse.GetValue(DryRun);
        var mails = new List<RetriedMails>();
        foreach (var which in Asked(verb))
        {
            var reached = isDryRun ? await retry.LookAsync(which, day, limit, ct) : await retry.RunAsync(which, day, limit, ct);
            mails.AddRange(reached);
            limit -= (int)reached.Sum(group => group.Count);
            if (limit <= 0)
                break;
        }

        var status = await OutboxStatus.ReadAsync(verb.Service<Database>(), PatienceAfterOrder, ct);
        var report = new RetryReport(status) { DryRun = isDryRun, Retried = mails.Sum(group => group.Count), Mails = mails };
        verb.Report(
            report,
            text =>
            {
                text.WriteLine($"{Quantities.Count(report.Retried, "mail", "mails")} {(isDryRun ? "would be" : "will be")} sent again{(mails.Count == 0 ? "." : ":")}");
                foreach (var group in mails)
                    text.WriteLine($"  {Show(group.Count)} {group.Kind}{(group.DigestOn is { } of ? " of " + LocalDatePattern.Iso.Format(of) : "")}");
                Write(text, status);
            });
        return 0;
    }

    private static IEnumerable<RetryOf> Asked(VerbContext verb)
    {
        var (failed, unknown) = (verb.Parse.GetValue(Failed), verb.Parse.GetValue(Unknown));
        if (failed)
            yield return RetryOf.Failed;
        if (unknown)
            yield return RetryOf.Unknown;
        if (!failed && !unknown)
            yield return RetryOf.Deferred;
    }

    private static async Task<int> ReportAsync(VerbContext verb, TimeSpan patience, CancellationToken ct)
    {
        var status = await OutboxStatus.ReadAsync(verb.Service<Database>(), patience, ct);
        verb.Report(status, text => Write(text, status));
        return 0;
    }

    private static void Write(TextWriter text, OutboxStatus status)
    {
        text.WriteLine(
            $"{Show(status.Queued)} queued ({Show(status.Claimed)} in flight), {Show(status.Sending)} sending, {Show(status.Sent)} sent, "
            + $"{Show(status.Deferred)} deferred, {Show(status.Failed)} failed, {Show(status.Unknown)} unknown ({Show(status.Parked)} wait for you), "
            + $"{Show(status.Suppressed)} suppressed");
        if (status.HeldBecause is not null)
            text.WriteLine($"Sending is held: {status.HeldBecause}");
    }

    private static string Show(long? count) => count?.ToString(CultureInfo.InvariantCulture) ?? "uncounted";

    private sealed record RetryReport : OutboxStatus
    {
        public RetryReport(OutboxStatus status)
            : base(status)
        {
        }

        public required bool DryRun { get; init; }

        public required long Retried { get; init; }

        public required IReadOnlyList<RetriedMails> Mails { get; init; }
    }
}
