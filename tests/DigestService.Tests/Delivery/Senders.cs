using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace DigestService.Tests.Delivery;

/// <summary>Senders put together as the service does, against scripted relays.</summary>
internal static class Senders
{
    private static readonly MailOptions Mail = new() { From = "digest@service.example" };

    /// <summary>A sender at <see cref="TestMail.Monday"/>, or at <paramref name="now"/>.</summary>
    public static Sender Over(
        Database database, SmtpOptions smtp, DeliveryOptions? options = null, IClock? clock = null, string? data = null, ClockSkew? skew = null) =>
        new(
            database,
            Hold(database, data),
            new RelayTroubles(database, smtp, clock ?? new TestClock(TestMail.Monday), NullLogger<RelayTroubles>.Instance),
            new LoadedFragments(database),
            MailSignature.Load(new DkimOptions()),
            new NewMail(),
            new DirectDispatch(),
            new DeliveryTrace(Mail),
            Mail,
            smtp,
            options ?? new DeliveryOptions(),
            clock ?? new TestClock(TestMail.Monday),
            skew ?? new ClockSkew(database, TimeProvider.System),
            NullLogger<Sender>.Instance);

    /// <summary>The hold as a process with this data directory has it.</summary>
    public static SendingHold Hold(Database database, string? data = null) =>
        new(database, new DataOptions { Directory = data ?? TestDirectory.Create("data") }, NullLogger<SendingHold>.Instance);

    /// <summary>Claims so many mails, whatever their domains.</summary>
    public static Task<IReadOnlyList<InFlightDelivery>> ClaimAsync(Database database, DeliveryOptions options, IClock clock, int count) =>
        new Claims(database, new LoadedFragments(database), options, clock).ClaimAsync(count, count);

    /// <summary>Claims so many mails of each kind, whatever their domains.</summary>
    public static Task<IReadOnlyList<InFlightDelivery>> ClaimAsync(this Claims claims, int urgent, int digests) =>
        claims.ClaimAsync(urgent, digests, new CrowdedDomains([], []), default);

    /// <summary>Settings that lead to scripted relays.</summary>
    public static SmtpOptions To(params ScriptedSmtpServer[] relays) => new()
    {
        Relays = [.. relays.Select(relay => new SmtpRelayOptions { Host = "127.0.0.1", Port = relay.Port })],
    };

    /// <summary>Lets a sender run over these relays, and time go by in steps, until so many mails have come to a state.</summary>
    public static async Task RunUntilAsync(Database database, SmtpOptions relays, Duration step, string state, int count, DeliveryOptions? options = null)
    {
        var clock = new TestClock(TestMail.Monday);
        using var stop = new CancellationTokenSource();
        var running = Over(database, relays, options, clock).RunAsync(stop.Token);
        await Eventually.TrueAsync(
            async () =>
            {
                clock.Advance(step);
                return (await StatesAsync(database)).GetValueOrDefault(state) == count;
            },
            $"{count} are {state}");
        await stop.CancelAsync();
        await running;
    }

    /// <summary>How many deliveries stand in each state.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> StatesAsync(Database database)
    {
        var rows = await database.QueryAsync<(string State, long Count)>(
            "select state, count(*) from deliveries group by state", null, CancellationToken.None);
        return rows.ToDictionary(row => row.State, row => row.Count, StringComparer.Ordinal);
    }

    /// <summary>Delivery ids by how often the relays took them.</summary>
    public static IReadOnlyDictionary<long, int> Counted(params ScriptedSmtpServer[] relays) => relays
        .SelectMany(relay => relay.Received)
        .GroupBy(mail => long.Parse(mail.Header("X-Digest-Delivery")!, System.Globalization.CultureInfo.InvariantCulture))
        .ToDictionary(group => group.Key, group => group.Count());
}
