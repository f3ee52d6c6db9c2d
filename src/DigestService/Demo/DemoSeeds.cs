using System.Globalization;
using DigestService.Digests;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Sources;
using DigestService.Subscribers;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Demo;

/// <summary>
/// What a demo starts with: the topics, the papers of <c>seeds/papers.jsonl</c> and one confirmed reader. The papers
/// are real and their days long past, so all of them are moved by the same number of days until the newest is today's.
/// </summary>
internal sealed class DemoSeeds(
    Database database, TopicCatalogue topics, PaperImport import, Subscriptions subscriptions, DigestOptions digests, IClock clock)
{
    /// <summary>The name the papers are listed under.</summary>
    public const string Source = "demo";

    /// <summary>The sample reader.</summary>
    public const string Reader = "reader@example.org";

    private static readonly SettingsForm Wishes = new()
    {
        Topics = ["tool-using-agents", "reasoning", "world-models", "video-generation", "robot-manipulation"],
        Queries = ["\"reinforcement learning\" agent"],
    };

    private static string PapersFile => Path.Combine(AppContext.BaseDirectory, "seeds", "papers.jsonl");

    /// <summary>Loads what is missing, moves the papers to today and makes the sample reader's digest due.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        var now = clock.GetCurrentInstant();
        var zone = LocalZone();
        var today = now.InZone(zone).Date;
        await topics.LoadAsync(ct);
        await LoadPapersAsync(now, today, ct);
        await SubscribeAsync(zone, now, ct);
        await database.ExecuteAsync(DemoQueries.MakeDue, new { now, today, addressKey = Address().Key }, ct);
    }

    private async Task LoadPapersAsync(Instant now, LocalDate today, CancellationToken ct)
    {
        if (await NewestAsync(ct) is null)
        {
            var document = new SourceDocument { Name = PapersFile, Now = now, SourceName = Source, IsRanked = true };
            var input = new ImportInput(document, PaperFormat.Jsonl, new FileInfo(PapersFile).Length, () => File.OpenRead(PapersFile));
            await import.ImportAsync([input], progress: null, ct);
        }

        if (await NewestAsync(ct) is { } newest && newest != today)
            await MoveAsync(Period.DaysBetween(newest, today), ct);
    }

    private Task<LocalDate?> NewestAsync(CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<LocalDate?>(DemoQueries.NewestListing, new { source = Source }, ct);

    private Task MoveAsync(int days, CancellationToken ct) => database.InTransactionAsync(
        async connection =>
        {
            var move = new { source = Source, days };
            await connection.ExecuteAsync(DemoQueries.MovePapers, move, ct);
            await connection.ExecuteAsync(DemoQueries.LiftVotes, move, ct);
            await connection.ExecuteAsync(DemoQueries.LowerVotes, move, ct);
            await connection.ExecuteAsync(DemoQueries.LiftListings, move, ct);
            await connection.ExecuteAsync(DemoQueries.LowerListings, move, ct);
        },
        ct);

    private async Task SubscribeAsync(DateTimeZone zone, Instant now, CancellationToken ct)
    {
        // Their hour is this very minute, so that today's digest is due at once.
        var hour = now.InZone(zone).TimeOfDay.ToString("HH:mm", CultureInfo.InvariantCulture);
        var (change, errors) = new SettingsParser(await topics.ListAsync(ct), digests).Read(Wishes with { Zone = zone.Id, At = hour });
        if (errors.Count > 0)
            throw new InvalidOperationException($"The sample reader's wishes do not fit the seeds: {errors[0]}");
        var consent = new Consent { How = "operator", RequestedAt = now, TextVersion = "demo" };
        await subscriptions.AddConfirmedAsync(Address(), change, consent, isReturning: true, ct);
    }

    private static EmailAddress Address() => EmailAddress.TryParse(Reader, out var address)
        ? address
        : throw new InvalidOperationException($"{Reader} is no address.");

    /// <summary>This machine's zone, so that the digest carries the day that the wall calendar shows.</summary>
    private static DateTimeZone LocalZone()
    {
        var id = TimeZoneInfo.Local.Id;
        if (!TimeZoneInfo.Local.HasIanaId && TimeZoneInfo.TryConvertWindowsIdToIanaId(id, out var iana))
            id = iana;
        return DigestSchedule.FindZone(id) ?? DateTimeZone.Utc;
    }
}
