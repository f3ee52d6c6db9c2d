using System.Globalization;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Inbound.Ways;
using DigestService.Mails;
using DigestService.Mail;
using DigestService.Mail.Smtp;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using DigestService.Sources;
using DigestService.Suppressions;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Admin;

/// <summary>One thing looked at.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Ok">Whether it is as it should be.</param>
/// <param name="Detail">What was seen, or what to do.</param>
/// <param name="IsWarning">The service runs all the same; it does not make the examination fail.</param>
internal sealed record Check(string Name, bool Ok, string Detail, bool IsWarning = false);

/// <summary>Looks at all that the service stands on, each for itself: one that fails keeps no other from being told.</summary>
internal sealed class Doctor(
    Database database, SiteOptions site, SmtpOptions smtp, MailOptions mail, MailSignature signature, OutboxHealth outbox, RelayTroubles troubles,
    ComposingHealth composing, OperatorSuppressions suppressions, SourceHealth sources, EmbeddingRound embedding, RelevanceOptions relevance,
    TextRecords dns, IConfiguration configuration, DataOptions data, InboxHealth inbox, ClockSkew clock, DigestLateness lateness,
    SendingHold hold)
{
    private const string MadeAt = """
        -- doctor.made_at
        select min(applied_at)
        from schema_migrations
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>All checks, in the order of what rests on what.</summary>
    public async Task<IReadOnlyList<Check>> ExamineAsync(MigrationReport migration, CancellationToken ct)
    {
        var checks = new List<Check> { await GuardAsync("database", DatabaseAsync, ct) };
        checks.Add(new("schema", true, string.Create(CultureInfo.InvariantCulture, $"version {migration.Version}, up to date")));
        checks.Add(await GuardAsync("readers", ReadersAsync, ct));
        checks.Add(await GuardAsync("durability", DurabilityAsync, ct));
        checks.Add(await GuardAsync("role", RoleAsync, ct));
        checks.Add(await GuardAsync("clock", ClockAsync, ct));
        checks.Add(await GuardAsync("folder", _ => Task.FromResult(Folder()), ct));
        checks.Add(await GuardAsync("zones", ZonesAsync, ct));
        checks.AddRange(await GuardAllAsync("site", _ => Task.FromResult<IReadOnlyList<Check>>([.. Identity()]), ct));
        checks.AddRange(await GuardAllAsync("smtp", RelaysAsync, ct));
        checks.Add(await GuardAsync("delivery", DeliveryAsync, ct));
        checks.Add(await GuardAsync("bounces", BouncesAsync, ct));
        checks.Add(await GuardAsync("inbox", InboxAsync, ct));
        checks.AddRange(await GuardAllAsync("dkim", DkimAsync, ct));
        checks.Add(await GuardAsync("outbox", OutboxAsync, ct));
        checks.Add(await GuardAsync("doubt", DoubtAsync, ct));
        checks.AddRange(await GuardAllAsync("sources", SourcesAsync, ct));
        checks.Add(await GuardAsync("embeddings", EmbeddingsAsync, ct));
        checks.Add(await GuardAsync("digests", DigestsAsync, ct));
        checks.AddRange(TelemetrySettings.Faults().Select(fault => new Check("telemetry", false, fault, IsWarning: true)));
        return checks;
    }

    private static async Task<Check> GuardAsync(string name, Func<CancellationToken, Task<Check>> look, CancellationToken ct) =>
        (await GuardAllAsync(name, async token => [await look(token)], ct))[0];

    /// <summary>A database that is gone, or anything nobody thought of, fails the checks that meet it and no others.</summary>
    internal static async Task<IReadOnlyList<Check>> GuardAllAsync(string name, Func<CancellationToken, Task<IReadOnlyList<Check>>> look, CancellationToken ct)
    {
        try
        {
            return await look(ct);
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            return [new Check(name, false, failure is OperatorException || Outage.Is(failure) ? Verb.Sentence(failure) : $"this could not be looked at. {Verb.Sentence(failure)}")];
        }
    }

    /// <summary>What readers see of the service and of who answers for it.</summary>
    private IEnumerable<Check> Identity()
    {
        if (site.BaseUrl == SiteOptions.DefaultBaseUrl)
            yield return new Check("site", false, $"links in mails lead to {site.Root}, which is this machine alone: set Site__BaseUrl", IsWarning: true);
        else if (!site.IsHttps)
            yield return new Check("site", false, $"links lead to {site.Root}; without https mails offer no one-click unsubscribing (RFC 8058): set Site__BaseUrl to an https address", IsWarning: true);
        else
            yield return new Check("site", true, site.Root);
        if (string.IsNullOrWhiteSpace(site.PostalAddress))
            yield return new Check("address", false, "mails name no postal address, which many countries ask of bulk mail: set Site__PostalAddress", IsWarning: true);
        if (mail.From == MailOptions.DefaultFrom)
            yield return new Check("from", false, $"mails come from {mail.From}, which nobody can answer: set Mail__From", IsWarning: true);
        if (mail.DailyReport && string.IsNullOrEmpty(mail.OperatorAddress))
            yield return new Check("report", false, "Mail__DailyReport is on and no report goes anywhere: set Mail__OperatorAddress", IsWarning: true);
    }

    private async Task<Check> DigestsAsync(CancellationToken ct)
    {
        var late = await lateness.FindFaultsAsync(ct);
        if (late.Count > 0)
            return new Check("digests", false, string.Join(' ', late));
        var setAside = await composing.SetAsideLatelyAsync(ct);
        return setAside.Count == 0
            ? new Check("digests", true, "in time, and none was set aside lately")
            : new Check("digests", false, string.Join(' ', setAside.Select(report => report.Sentence)), IsWarning: true);
    }

    /// <summary>Whether papers are found by their meaning; trying loads the model.</summary>
    private async Task<Check> EmbeddingsAsync(CancellationToken ct)
    {
        if (relevance.IsOff)
            return new Check("embeddings", true, "off: papers are found by words alone");
        if (embedding.Hindrance is { } hindrance)
            return new Check("embeddings", false, $"{hindrance} Papers are found by words alone", IsWarning: true);
        var due = await embedding.CountDueAsync(ct);
        return new Check("embeddings", true, due == 0
            ? "on; every paper has its vector"
            : $"on; {Quantities.Count(due, "paper waits for its", "papers wait for their")} vector: 'serve' with the role ingest, or 'digest papers embed', gives it");
    }

    private async Task<Check> DatabaseAsync(CancellationToken ct)
    {
        var version = await database.QuerySingleOrDefaultAsync<string>("show server_version", null, ct);
        var (faults, unseen) = await DatabaseRoom.ExamineAsync(database, ct);
        if (faults.Count > 0)
            return new Check("database", false, string.Join(' ', faults));
        if (await DatabaseLocks.FindHolderAsync(database, DatabaseLocks.LongWait, ct) is { } locked)
            return new Check("database", false, locked);
        return unseen is not null
            ? new Check("database", false, $"PostgreSQL {version}; {unseen}", IsWarning: true)
            : new Check("database", true, $"PostgreSQL {version}");
    }

    /// <summary>A database that took the place of one which was lost is well in all but this.</summary>
    private async Task<Check> ReadersAsync(CancellationToken ct)
    {
        var madeAt = await database.QuerySingleOrDefaultAsync<Instant>(MadeAt, null, ct);
        var states = await database.QueryAsync<NamedCount>(AdminOverview.Readers, null, ct);
        var readers = states.Count == 0 ? "nobody has signed up" : string.Join(", ", states.Select(state => FormattableString.Invariant($"{state.Count} {state.Name}")));
        return new Check("readers", true, $"{readers}; this database was made at {madeAt}");
    }

    private async Task<Check> DurabilityAsync(CancellationToken ct)
    {
        var fault = await Durability.FindFaultAsync(database, ct);
        return new Check("durability", fault is null, fault ?? "what is committed survives a crash", IsWarning: fault is not null);
    }

    private async Task<Check> RoleAsync(CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(configuration.GetConnectionString("Digest")))
            return new Check("role", true, "the private PostgreSQL has this service alone");
        var role = await DatabaseRole.ReadAsync(database, ct);
        if (await DatabaseRole.FindFaultAsync(database, ct) is { } fault)
            return new Check("role", false, fault);
        return role switch
        {
            { IsSuperuser: true } => new Check(
                "role", false, $"the service runs as {role.Name}, a superuser of the database server: give it a role of its own (deploy/roles.sql)", IsWarning: true),
            { IsOwner: true } => new Check(
                "role", true, $"the service runs as {role.Name}, which owns its tables; deploy/roles.sql separates the two"),
            _ => new Check("role", true, $"the service runs as {role.Name}, which owns nothing"),
        };
    }

    private async Task<Check> OutboxAsync(CancellationToken ct)
    {
        var held = await hold.FindHoldAsync(ct);
        var faults = await outbox.FindFaultsAsync(ct);
        if (held is null && faults.Count == 0)
            return new Check("outbox", true, "mails get away");
        return new Check("outbox", false, string.Join(' ', held is null ? faults : [held.Sentence, .. faults]), IsWarning: held is { IsOperators: true });
    }

    private async Task<Check> DoubtAsync(CancellationToken ct)
    {
        var doubt = await outbox.FindDoubtAsync(ct);
        return new Check("doubt", doubt is null, doubt ?? "no mail waits in doubt for your word");
    }

    private async Task<Check> ClockAsync(CancellationToken ct)
    {
        var fault = await clock.FindFaultAsync(ct);
        return new Check("clock", fault is null, fault ?? "agrees with the database's");
    }

    /// <summary>Nothing but a marker is kept there where the database is elsewhere, so that the service runs without.</summary>
    private Check Folder()
    {
        try
        {
            return new Check("folder", true, data.Prepare());
        }
        catch (OperatorException refused)
        {
            return new Check("folder", false, $"{refused.Message} A restored backup is recognised by its place alone then.", IsWarning: true);
        }
    }

    private async Task<Check> ZonesAsync(CancellationToken ct)
    {
        var fault = await lateness.FindZoneFaultAsync(ct);
        return new Check("zones", fault is null, fault ?? DigestLateness.ZoneData, IsWarning: fault is not null);
    }

    private async Task<IReadOnlyList<Check>> RelaysAsync(CancellationToken ct)
    {
        if (smtp.Host is null && smtp.Relays.Count == 0)
            return [new Check("smtp", false, "no relay, so mails wait: set Smtp__Host", IsWarning: true)];
        var checks = new List<Check>();
        foreach (var options in smtp.ConfiguredRelays())
            checks.AddRange(await RelayAsync(options, ct));
        return checks;
    }

    private async Task<IReadOnlyList<Check>> RelayAsync(SmtpRelayOptions options, CancellationToken ct)
    {
        var relay = options.ToRelay(mail.FromDomain) with { ConnectTimeout = Patience, GreetingTimeout = Patience };
        await using var transport = new SmtpTransport();
        var outcome = await transport.ConnectAsync(relay, ct);
        await transport.QuitAsync(ct);
        var name = Relay.NameOf(relay.Host, relay.Port);
        var reached = new Check("smtp", outcome.Result is ConnectResult.Ready, RelayWords.Fault(relay, outcome) ?? $"{name} takes mail{(relay.User is null ? "" : $" from {relay.User}")}");
        var isTrusted = relay.Tls is not SmtpTls.None || Loopback.Is(relay.Host);
        var isUnseen = relay.Tls is not SmtpTls.None && (outcome.Result is ConnectResult.Unreachable || outcome.Result is ConnectResult.Refused);
        var tls = new Check("tls", outcome.Result is not ConnectResult.TlsFailed && isTrusted && !isUnseen, (outcome.Result, relay.Tls) switch
        {
            (ConnectResult.TlsFailed, _) => $"{name}: {outcome.Detail ?? outcome.Reply?.ToString()}",
            (_, SmtpTls.None) when isTrusted => $"{name} is this machine; none needed",
            (_, SmtpTls.None) => $"{name} is spoken to in the clear: set Smtp__Tls",
            _ when isUnseen => $"the connection to {name} did not come as far as TLS",
            _ => $"{name} by {(relay.Tls is SmtpTls.Implicit ? "implicit TLS" : "STARTTLS")}",
        }, IsWarning: isUnseen);
        return string.IsNullOrEmpty(relay.User) && !string.IsNullOrEmpty(relay.Password)
            ? [reached, tls, new Check("account", false, $"{name} is given no password, for no account is named beside it: set Smtp__User", IsWarning: true)]
            : [reached, tls];
    }

    /// <summary>What the senders have seen, which a connection alone does not show.</summary>
    private async Task<Check> DeliveryAsync(CancellationToken ct)
    {
        var open = await troubles.ReadAsync(ct);
        if (open.Count > 0)
        {
            return new Check("delivery", false, string.Join(" ", open.Select(trouble =>
                $"{trouble.Words.TrimEnd('.')} (since {trouble.Since}). {RelayTroubles.WhatToDo}")));
        }

        var (last, unanswered) = await troubles.ReadRefusalsAsync(ct);
        if (unanswered.Count > 0)
            return new Check("delivery", false, string.Join(" ", unanswered));
        return new Check("delivery", true, string.Join(" ", ["no relay is known to refuse mail", .. last.Select(refusal => $"(last trouble with {refusal.Relay}, at {refusal.SeenAt}: {refusal.Words})")]));
    }

    private async Task<Check> InboxAsync(CancellationToken ct)
    {
        var (ok, isWarning, detail) = await inbox.ExamineAsync(ct);
        return new Check("inbox", ok, detail, isWarning);
    }

    private async Task<Check> BouncesAsync(CancellationToken ct)
    {
        var days = await suppressions.ToReviewAsync(ct);
        return days.Count == 0
            ? new Check("bounces", true, "no day waits for your look")
            : new Check("bounces", false, Sentence(days), IsWarning: true);
    }

    private static string Sentence(IReadOnlyList<ExcessiveDay> days) => days is [var day]
        ? FormattableString.Invariant($"On {day.HappenedOn:uuuu-MM-dd} {day.Hard} of {day.Mails} mails bounced hard, so that day suppresses nobody: look why, then 'digest suppressions review {day.HappenedOn:uuuu-MM-dd} --count' or '--dismiss'.")
        : FormattableString.Invariant($"On {days.Count} days so many mails bounced hard that none of them suppresses anybody: {string.Join(", ", days.Select(Counts))}. Look why, then 'digest suppressions review DAY --count' or '--dismiss' for each.");

    private static string Counts(ExcessiveDay day) => FormattableString.Invariant($"{day.HappenedOn:uuuu-MM-dd} ({day.Hard} of {day.Mails})");

    private async Task<IReadOnlyList<Check>> DkimAsync(CancellationToken ct)
    {
        if (signature.Signer is not { } signer)
            return [new Check("dkim", false, "mail goes out unsigned: set Dkim__Domain, Dkim__Selector and Dkim__PrivateKeyFile", IsWarning: true)];
        var published = await dns.LookUpAsync(signer.DnsName, ct) switch
        {
            null => new Check("dkim", false, $"no resolver answered for {signer.DnsName}; it must hold {signer.PublicKeyRecord}", IsWarning: true),
            [] => new Check("dkim", false, $"{signer.DnsName} does not exist; publish there: {signer.PublicKeyRecord}"),
            var records when records.Any(signer.IsPublishedBy) => new Check("dkim", true, $"{signer.DnsName} publishes the key"),
            _ => new Check("dkim", false, $"{signer.DnsName} publishes another key; it must hold {signer.PublicKeyRecord}"),
        };
        var from = mail.FromDomain;
        return IsAligned(signer.Domain, from)
            ? [published]
            : [published, new Check("alignment", false, $"mails from {from} are signed by {signer.Domain}, which DMARC counts as unsigned: let Mail__From be under Dkim__Domain", IsWarning: true)];
    }

    /// <summary>RFC 7489 3.1.1, relaxed, as far as it can be told without the list of public suffixes: one is the other or above it.</summary>
    private static bool IsAligned(string signing, string from) =>
        from.Equals(signing, StringComparison.OrdinalIgnoreCase)
        || from.EndsWith("." + signing, StringComparison.OrdinalIgnoreCase)
        || signing.EndsWith("." + from, StringComparison.OrdinalIgnoreCase);

    private async Task<IReadOnlyList<Check>> SourcesAsync(CancellationToken ct)
    {
        var conditions = await sources.CheckAsync(ct);
        return conditions.Count == 0
            ? [new Check("sources", true, "none is fetched on schedule")]
            : [.. conditions.Select(condition => new Check("source", condition.IsHealthy, $"{condition.Source}: {condition.Detail}"))];
    }
}
