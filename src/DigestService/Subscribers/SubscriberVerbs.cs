using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Suppressions;
using DigestService.Topics;

namespace DigestService.Subscribers;

/// <summary><c>subscribers add | import | list | export | erase</c>: the operator's side of subscribing.</summary>
internal static class SubscriberVerbs
{
    private const int ShownRejections = 20;
    private const int ListLimit = 1_000;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The command with its five verbs.</summary>
    public static Command Create() => new("subscribers", "Readers: sign up, import, list, hand over or erase what is held.")
    {
        AddVerb(),
        ImportVerb(),
        ListVerb(),
        ExportVerb(),
        EraseVerb(),
    };

    private static Command AddVerb()
    {
        var emails = VerbAddresses.Several("The reader's address; several with --list.");
        var list = new Option<string?>("--list") { Description = "Put the addresses on a list that gets one digest; the first of a new list leads it." };
        var topics = new Option<string?>("--topics") { Description = "Slugs of topics between commas; 'topics list' names them." };
        var query = new Option<string?>("--query") { Description = "A query of the reader's own." };
        var zone = new Option<string?>("--zone") { Description = "IANA time zone, such as Europe/Berlin." };
        var at = new Option<string?>("--at") { Description = "Local hour of the digest, HH:MM." };
        var frequency = new Option<string?>("--frequency") { Description = "daily, weekdays or weekly." };
        frequency.TakesOneOf("daily", "weekdays", "weekly");
        var max = new Option<string?>("--max") { Description = "The most papers in a digest." };
        var confirmed = new Option<bool>("--confirmed") { Description = "Consent is on record elsewhere; no confirmation mail is sent." };
        var returning = new Option<bool>("--returning") { Description = "With --confirmed: a reader who had left asked to come back." };
        var command = new Command("add", "Sign a reader up.") { emails, list, topics, query, zone, at, frequency, max, confirmed, returning };
        command.Checks(result =>
        {
            if (result.GetValue(returning) && !result.GetValue(confirmed))
                result.AddError("--returning needs --confirmed: without it the reader gets a mail and decides.");
            var name = SubscriberLists.NameOf(result.GetValue(list), out var fault);
            if (fault is not null)
                result.AddError(fault);
            else if (name is null && result.GetResult(emails) is { Tokens.Count: > 1 })
                result.AddError("Several addresses are added with --list NAME; without it, one at a time.");
            else if (name is not null && result.GetValue(returning))
                result.AddError("--returning takes one address, without --list; put the reader on the list afterwards.");
        });
        return command.Does(
            async (verb, ct) =>
            {
                var parse = verb.Parse;
                var addresses = parse.GetValue(emails)!; // it is required
                var name = SubscriberLists.NameOf(parse.GetValue(list), out _);
                var form = new SettingsForm
                {
                    Topics = parse.GetValue(topics)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                    Queries = parse.GetValue(query) is { } own ? [own] : null,
                    Zone = parse.GetValue(zone),
                    At = parse.GetValue(at),
                    Frequency = parse.GetValue(frequency),
                    Max = parse.GetValue(max),
                };
                await verb.Service<TopicCatalogue>().LoadAsync(ct);
                var (change, errors) = new SettingsParser(await verb.Service<TopicCatalogue>().ListAsync(ct), verb.Service<DigestOptions>()).Read(form);
                if (errors.Count > 0)
                    throw new OperatorException(string.Join(" ", errors.Select(Sentence))) { IsWrongUsage = errors.Any(error => !error.IsMissing) };
                if (name is not null)
                    return await AddToListAsync(verb, name, addresses, change, parse.GetValue(confirmed), ct);
                await SubscribeAsync(verb, addresses[0], change, parse.GetValue(confirmed), parse.GetValue(returning), ct);
                return 0;
            },
            Verb.NowOption());
    }

    private static async Task<int> AddToListAsync(
        VerbContext verb, string list, IReadOnlyList<EmailAddress> addresses, SettingsChange change, bool confirmed, CancellationToken ct)
    {
        var result = await verb.Service<SubscriberImport>().AddToListAsync(list, addresses, change, !confirmed, ct);
        var rejections = result.Rejections.Select(rejection => new { Address = addresses[rejection.Line - 1].ToString(), rejection.Reason }).ToList();
        verb.Report(new { list, result.Added, result.Updated, result.Unchanged, result.Rejected, rejections }, text =>
        {
            text.WriteLine(FormattableString.Invariant(
                $"List {list}: {result.Added} added, {result.Updated} updated, {result.Unchanged} unchanged, {result.Rejected} rejected."));
            foreach (var rejection in rejections)
                text.WriteLine($"{rejection.Address}: {rejection.Reason}");
        });
        return result.IsAllRejected ? await NobodyAsync($"{rejections[0].Address}: {rejections[0].Reason}") : 0;
    }

    private static async Task<int> NobodyAsync(FormattableString first)
    {
        await Console.Error.WriteLineAsync($"Nobody was taken; {first.ToString(CultureInfo.InvariantCulture)}");
        return 1;
    }

    private static async Task SubscribeAsync(
        VerbContext verb, EmailAddress address, SettingsChange change, bool confirmed, bool isReturning, CancellationToken ct)
    {
        var subscriptions = verb.Service<Subscriptions>();
        var consent = new Consent { How = "operator", RequestedAt = verb.Clock.GetCurrentInstant(), TextVersion = "operator" };
        var added = confirmed ? await subscriptions.AddConfirmedAsync(address, change, consent, isReturning, ct) : default;
        if (added.HasLeft)
            throw new OperatorException(
                $"{address} has left, or was erased. If they asked you to come back, say --returning; else leave out --confirmed, and they confirm by mail.");
        if (added.OfList is { } list)
            throw new OperatorException($"{address} gets the digest of the list {list}, which has its settings from whoever leads it.");
        SignUpOutcome? outcome = confirmed ? null : await subscriptions.SignUpAsync(address, change, consent, ct);
        if (outcome is SignUpOutcome.TooMany)
            throw new OperatorException("Nothing was written: the mails that answer sign-ups in this hour are spent (Subscribers__SignUpMailsAnHour). Try after the full hour.");
        if (confirmed ? added.Reader is null : outcome is SignUpOutcome.Suppressed)
            throw new OperatorException($"{address} is suppressed. {await WhyBarredAsync(verb, address, ct)}");
        var reader = (await verb.Service<Database>().QuerySingleOrDefaultAsync<Subscriber>(
            SubscriberQueries.FindByAddress, new { addressKey = address.Key }, ct))!;
        verb.Report(
            new { reader.Id, State = Lower(reader.State), reader.NextDueAt, reader.NextDueOn },
            reader.NextDueAt is { } due
                ? (FormattableString)$"{address} is {Lower(reader.State)}; the first digest is due at {due} ({reader.Zone})."
                : $"{address} is {Lower(reader.State)}.");
    }

    private static async Task<string> WhyBarredAsync(VerbContext verb, EmailAddress address, CancellationToken ct)
    {
        await using var connection = await verb.Service<Database>().OpenAsync(ct);
        var reasons = await verb.Service<SuppressionList>().FindAsync(connection, [address.Key], ct);
        return OperatorSuppressions.Sentence(reasons.GetValueOrDefault(address.Key, "bounced")).Replace("ADDRESS", address.ToString(), StringComparison.Ordinal);
    }

    private static Command ImportVerb()
    {
        var file = new Argument<string>("file") { Description = "CSV with the header email,topics,query,zone,at,frequency,max,list; topics are slugs joined by ';'." };
        var unconfirmed = new Option<bool>("--unconfirmed") { Description = "Mail each new reader for confirmation." };
        return new Command("import", "Take readers over from a file; all count as confirmed elsewhere.") { file, unconfirmed }.Does(
            async (verb, ct) =>
            {
                await verb.Service<TopicCatalogue>().LoadAsync(ct);
                var result = await verb.Service<SubscriberImport>()
                    .ImportAsync(verb.Parse.GetValue(file)!, verb.Parse.GetValue(unconfirmed), ct);
                verb.Report(result, text =>
                {
                    text.WriteLine(FormattableString.Invariant(
                        $"{result.Read} read: {result.Added} added, {result.Updated} updated, {result.Unchanged} unchanged, {result.Rejected} rejected."));
                    foreach (var rejection in result.Rejections.Take(ShownRejections))
                        text.WriteLine(FormattableString.Invariant($"{rejection.File}, line {rejection.Line}: {rejection.Reason}"));
                    if (result.Rejected > ShownRejections)
                        text.WriteLine("The others are listed with --json.");
                });
                return result.IsAllRejected ? await NobodyAsync($"{result.Rejections[0].File}, line {result.Rejections[0].Line}: {result.Rejections[0].Reason}") : 0;
            },
            Verb.NowOption());
    }

    private static Command ListVerb()
    {
        var state = new Option<string?>("--state") { Description = "Only readers in this state." };
        state.TakesOneOf(Enum.GetNames<SubscriberState>().Select(name => name.ToLowerInvariant()).ToArray());
        var list = new Option<string?>("--list") { Description = "Only readers of this list." };
        var limit = VerbNumbers.WithDefault("--limit", "The most to list.", ListLimit, least: 0);
        return new Command("list", "Who is subscribed.") { state, list, limit }.Does(async (verb, ct) =>
        {
            var database = verb.Service<Database>();
            var suppressed = await verb.Service<OperatorSuppressions>().AllReadersAsync(ct);
            var filter = new { state = verb.Parse.GetValue(state), list = verb.Parse.GetValue(list), limit = verb.Parse.GetValue(limit), suppressed = suppressed.Keys.ToArray() };
            var total = await database.QuerySingleOrDefaultAsync<int>(SubscriberQueries.Count, filter, ct);
            if (total == 0 && filter.list is { } name && await database.QuerySingleOrDefaultAsync<int>(SubscriberQueries.Count, filter with { state = null }, ct) == 0)
                throw new OperatorException($"There is no list '{name}'.");
            var readers = (await ListedSubscriber.FindAsync(database, filter, ct))
                .Select(reader => reader with { SuppressedBecause = suppressed.GetValueOrDefault(reader.Id) }).ToList();
            verb.Report(
                new { subscribers = readers, total },
                text =>
                {
                    foreach (var reader in readers)
                        text.WriteLine(FormattableString.Invariant(
                            $"{reader.Id,8}  {reader.State,-12} {reader.At:HH:mm} {reader.Zone,-20} {EmailAddress.Readable(reader.Email)}  {string.Join(", ", reader.Topics)}{OfList(reader)}"));
                    text.WriteLine(FormattableString.Invariant($"{total} in all."));
                });
            return 0;
        });
    }

    private static string OfList(ListedSubscriber reader) => reader.List is null ? "" : $"  [{reader.List}{(reader.LeadsList is true ? ", leads" : "")}]";

    private static Command ExportVerb()
    {
        var email = VerbAddresses.One();
        return new Command("export", "Everything held on an address.") { email }.Does(async (verb, ct) =>
        {
            var address = verb.Parse.GetValue(email);
            var data = await verb.Service<PersonalData>().ExportAsync(address, ct);
            verb.Report(data, text => text.WriteLine(JsonSerializer.Serialize(data, Indented)));
            if (!PersonalData.IsNothing(data))
                return 0;
            await Console.Error.WriteLineAsync(NothingHeld(address));
            return 1;
        });
    }

    private static Command EraseVerb()
    {
        var email = VerbAddresses.One();
        return new Command("erase", "Erase everything held on an address but a hash that keeps it from being mailed.") { email }.Does(
            async (verb, ct) =>
            {
                var address = verb.Parse.GetValue(email);
                var erased = await verb.Service<Erasure>().EraseAsync(address, ct);
                if (!erased)
                    throw new OperatorException(NothingHeld(address));
                verb.Report(new { erased }, $"{address} is erased.");
                return 0;
            },
            Verb.NowOption());
    }

    private static string NothingHeld(EmailAddress address) => $"Nothing is held on {address}; is it written as its reader wrote it?";

    private static string Sentence(InputFault error) => error.Value is { } value
        ? QueryError.Pointing(error.Sentence, value, error.Position, error.Length)
        : error.Sentence;

    private static string Lower(SubscriberState state) => state.ToString().ToLowerInvariant();
}
