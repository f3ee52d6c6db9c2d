using System.CommandLine;
using DigestService.Mail;
using DigestService.Platform;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Suppressions;

/// <summary><c>suppressions list | add | lift | review</c>: whom the service must not mail, and the operator's say in it.</summary>
internal static class SuppressionsVerb
{
    private static readonly string[] Reasons = ["bounced", "complained", "operator", "unsubscribed", "erased"];

    /// <summary>The verb with its sub-verbs.</summary>
    public static Command Create() => new("suppressions", "Whom the service must not mail, and why.") { List(), Add(), Lift(), Review() };

    private static Command List()
    {
        var (what, reason, since) = (What(isNeeded: false), Reason(), Since());
        return new Command("list", "Who is on the list, the newest first.") { what, reason, since }.Does(async (verb, ct) =>
        {
            var suppressions = verb.Service<OperatorSuppressions>();
            var (shown, total) = await suppressions.ListAsync(Filter(verb, what, reason, since), ct);
            var days = await suppressions.ToReviewAsync(ct);
            verb.Report(new { suppressions = shown, total, days_to_review = days }, text =>
            {
                foreach (var entry in shown)
                    text.WriteLine($"{InstantPattern.General.Format(entry.Since)}  {entry.Reason,-12} {EmailAddress.Readable(entry.Address) ?? entry.Hash}  {entry.Detail}");
                text.WriteLine(FormattableString.Invariant($"{total} in all."));
                foreach (var day in days)
                    text.WriteLine(FormattableString.Invariant(
                        $"On {day.HappenedOn:uuuu-MM-dd} {day.Hard} of {day.Mails} mails bounced hard, so nobody was suppressed for it: 'digest suppressions review {day.HappenedOn:uuuu-MM-dd} --count' or '--dismiss'."));
            });
            return 0;
        });
    }

    private static Command Add()
    {
        var (what, reason) = (What(isNeeded: true), Reason());
        return new Command("add", "Stop all mail to addresses.") { what, reason }.Does(
            async (verb, ct) =>
            {
                var hashes = Hashes(verb, verb.Parse.GetValue(what)!); // it is required
                var added = await verb.Service<OperatorSuppressions>().AddAsync(hashes, verb.Parse.GetValue(reason) ?? "operator", ct);
                verb.Report(new { added }, $"{added} added.");
                return 0;
            },
            Verb.NowOption());
    }

    private static Command Lift()
    {
        var (what, reason, since) = (What(isNeeded: false), Reason(), Since());
        var command = new Command("lift", "Let addresses be mailed again, and forget their bounces. Who unsubscribed or was erased is lifted with --reason alone.")
        {
            what, reason, since,
        };
        command.Checks(result =>
        {
            if (result.GetResult(what) is not { Tokens.Count: > 0 } && result.GetResult(reason) is null && result.GetResult(since) is null)
                result.AddError("Say which: an address, a file of addresses, --reason or --since.");
        });
        return command.Does(async (verb, ct) =>
        {
            var suppressions = verb.Service<OperatorSuppressions>();
            var lifted = await suppressions.LiftAsync(Filter(verb, what, reason, since), ct);
            if (lifted == 0 && verb.Parse.GetValue(what) is { } named && suppressions.HashOf(named) is { } hash)
                throw new OperatorException(await suppressions.WhyNotLiftedAsync(named, hash, ct));
            verb.Report(new { lifted }, $"{lifted} lifted.");
            return 0;
        });
    }

    private static Command Review()
    {
        var day = VerbDays.Required("DATE", "The day, in UTC, on which too many mails bounced hard.");
        var count = new Option<bool>("--count") { Description = "The addresses are dead: the bounces of that day count." };
        var dismiss = new Option<bool>("--dismiss") { Description = "The relay or we were at fault: they do not." };
        var command = new Command("review", "Decide on a day on which so many mails bounced hard that nobody was suppressed.") { day, count, dismiss };
        command.Checks(result =>
        {
            if (result.GetValue(count) == result.GetValue(dismiss))
                result.AddError("Say --count or --dismiss.");
        });
        return command.Does(async (verb, ct) =>
        {
            var date = verb.Parse.GetValue(day);
            if (!await verb.Service<OperatorSuppressions>().ReviewAsync(date, verb.Parse.GetValue(count), ct))
                throw new OperatorException($"No mail is known to have bounced hard on {date:uuuu-MM-dd}; 'digest suppressions list' names the days that wait for a review.");
            verb.Report(new { reviewed = date, counts = verb.Parse.GetValue(count) }, $"{date:uuuu-MM-dd} is reviewed.");
            return 0;
        });
    }

    private static Argument<string?> What(bool isNeeded) => new("ADDRESS|FILE")
    {
        Description = "An address, its hash as 'list' shows it, or a file with one a line.",
        Arity = isNeeded ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne,
    };

    private static Option<string?> Reason()
    {
        var reason = new Option<string?>("--reason") { Description = string.Join(", ", Reasons) + "." };
        reason.TakesOneOf(Reasons);
        return reason;
    }

    private static Option<Instant?> Since() => VerbDays.OrMoment("--since", "Only what came on the list at or after this day (UTC) or instant.");

    private static SuppressionFilter Filter(VerbContext verb, Argument<string?> what, Option<string?> reason, Option<Instant?> since) => new(
        verb.Parse.GetValue(what) is { } text ? Hashes(verb, text) : null,
        verb.Parse.GetValue(reason),
        verb.Parse.GetValue(since));

    private static List<byte[]> Hashes(VerbContext verb, string text)
    {
        var suppressions = verb.Service<OperatorSuppressions>();
        if (suppressions.HashOf(text) is { } hash)
            return [hash];
        if (!File.Exists(text))
            throw new OperatorException($"'{text}' is neither a mail address nor a file.") { IsWrongUsage = true };
        var hashes = new List<byte[]>();
        var number = 0;
        using var lines = Utf8File.Open(text);
        while (lines.ReadLine() is { } line)
        {
            number++;
            var address = line.Split(',', ';')[0].Trim().Trim('"');
            if (address.Length == 0 || number == 1 && string.Equals(address, "email", StringComparison.OrdinalIgnoreCase))
                continue;
            hashes.Add(suppressions.HashOf(address)
                ?? throw new OperatorException(FormattableString.Invariant($"{Path.GetFileName(text)}, line {number}: '{address}' is not a mail address. Nothing was changed.")));
        }

        return hashes;
    }
}
