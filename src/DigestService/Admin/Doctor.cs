using System.Globalization;
using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Suppressions;
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
    Database database, SmtpOptions smtp, MailOptions mail, MailSignature signature, SourceHealth sources, RelayTroubles troubles, OperatorSuppressions suppressions, IClock clock)
{
    private const string ServerTime = "select clock_timestamp()";

    private static readonly Duration MostSkew = Duration.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>All checks, in the order of what rests on what.</summary>
    public async Task<IReadOnlyList<Check>> ExamineAsync(MigrationReport migration, CancellationToken ct)
    {
        var checks = new List<Check>
        {
            await DatabaseAsync(ct),
            new("schema", true, string.Create(CultureInfo.InvariantCulture, $"version {migration.Version}, up to date")),
            await ClockAsync(ct),
            Zones(),
        };
        checks.AddRange(await RelaysAsync(ct));
        checks.Add(await DeliveryAsync(ct));
        checks.Add(await BouncesAsync(ct));
        checks.Add(await DkimAsync(ct));
        checks.AddRange(await SourcesAsync(ct));
        return checks;
    }

    private async Task<Check> DatabaseAsync(CancellationToken ct)
    {
        var version = await database.QuerySingleOrDefaultAsync<string>("show server_version", null, ct);
        return new Check("database", true, $"PostgreSQL {version}");
    }

    private async Task<Check> ClockAsync(CancellationToken ct)
    {
        var theirs = await database.QuerySingleOrDefaultAsync<Instant>(ServerTime, null, ct);
        var skew = theirs - clock.GetCurrentInstant();
        var isClose = skew < MostSkew && -skew < MostSkew;
        return new Check("clock", isClose, isClose
            ? "agrees with the database's"
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(skew.TotalSeconds):0} s from the database's: set both by NTP"));
    }

    private static Check Zones() => new("zones", true, $"tzdb {NodaTime.TimeZones.TzdbDateTimeZoneSource.Default.TzdbVersion}");

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
        var relay = options.ToRelay(mail.From[(mail.From.LastIndexOf('@') + 1)..]) with { ConnectTimeout = Patience };
        await using var transport = smtp.CreateTransport();
        var outcome = await transport.ConnectAsync(relay, ct);
        await transport.QuitAsync(ct);
        var name = string.Create(CultureInfo.InvariantCulture, $"{relay.Host}:{relay.Port}");
        var said = outcome.Detail ?? outcome.Reply?.ToString();
        var reached = new Check("smtp", outcome.Result is ConnectResult.Ready, outcome.Result switch
        {
            ConnectResult.Ready => $"{name} takes mail{(relay.User is null ? "" : $" from {relay.User}")}",
            ConnectResult.AuthenticationFailed => $"{name} refuses the account: {said}",
            ConnectResult.TlsFailed => $"{name} cannot be reached safely: {said}",
            ConnectResult.Refused => $"{name} refuses: {said}",
            _ => $"{name} cannot be reached: {said}",
        });
        var isTrusted = relay.Tls is not SmtpTls.None || IsLoopback(relay.Host);
        var tls = new Check("tls", outcome.Result is not ConnectResult.TlsFailed && isTrusted, (outcome.Result, relay.Tls) switch
        {
            (ConnectResult.TlsFailed, _) => $"{name}: {said}",
            (_, SmtpTls.None) when isTrusted => $"{name} is this machine; none needed",
            (_, SmtpTls.None) => $"{name} is spoken to in the clear: set Smtp__Tls",
            _ => $"{name} by {(relay.Tls is SmtpTls.Implicit ? "implicit TLS" : "STARTTLS")}",
        });
        return [reached, tls];
    }

    /// <summary>What the senders have seen, which a connection alone does not show.</summary>
    private async Task<Check> DeliveryAsync(CancellationToken ct)
    {
        var open = await troubles.ReadAsync(ct);
        return open.Count == 0
            ? new Check("delivery", true, "no relay is known to refuse mail")
            : new Check("delivery", false, string.Join(" ", open.Select(trouble =>
                $"{trouble.Words} (since {trouble.Since}). Mails wait; mend the relay or its settings, then 'digest outbox send' tries it at once.")));
    }

    private async Task<Check> BouncesAsync(CancellationToken ct)
    {
        var days = await suppressions.ToReviewAsync(ct);
        return days.Count == 0
            ? new Check("bounces", true, "no day waits for your look")
            : new Check("bounces", false, string.Join(" ", days.Select(Sentence)), IsWarning: true);
    }

    private static string Sentence(ExcessiveDay day) => string.Create(
        CultureInfo.InvariantCulture,
        $"On {day.HappenedOn:uuuu-MM-dd} {day.Hard} of {day.Mails} mails bounced hard, so that day suppresses nobody: look why, then 'digest suppressions review {day.HappenedOn:uuuu-MM-dd} --count' or '--dismiss'.");

    private async Task<Check> DkimAsync(CancellationToken ct)
    {
        if (signature.Signer is not { } signer)
            return new Check("dkim", false, "mail goes out unsigned: set Dkim__Domain, Dkim__Selector and Dkim__PrivateKeyFile", IsWarning: true);
        return await DnsText.LookUpAsync(signer.DnsName, ct) switch
        {
            null => new Check("dkim", true, $"no resolver answered for {signer.DnsName}; it must hold {signer.PublicKeyRecord}"),
            [] => new Check("dkim", false, $"{signer.DnsName} does not exist; publish there: {signer.PublicKeyRecord}"),
            var records when records.Any(signer.IsPublishedBy) => new Check("dkim", true, $"{signer.DnsName} publishes the key"),
            _ => new Check("dkim", false, $"{signer.DnsName} publishes another key; it must hold {signer.PublicKeyRecord}"),
        };
    }

    private async Task<IReadOnlyList<Check>> SourcesAsync(CancellationToken ct)
    {
        var conditions = await sources.CheckAsync(ct);
        return conditions.Count == 0
            ? [new Check("sources", true, "none is fetched on schedule")]
            : [.. conditions.Select(condition => new Check("source", condition.IsHealthy, $"{condition.Source}: {condition.Detail}"))];
    }

    private static bool IsLoopback(string host) =>
        host is "localhost" || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));
}
