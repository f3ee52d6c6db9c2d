using DigestService.Digests;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Topics;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Subscribers.Pages;

/// <summary>Builds the preferences page, from what is stored or from what was typed.</summary>
internal sealed class PreferencesView(
    SettingsEditor editor, TopicCatalogue catalogue, TopicPreview preview, Feedback feedback, Archive archive, SubscriberLinkOpener links, IClock clock)
{
    private const int PreviewDays = 14;

    private static readonly Dictionary<string, string> FieldNames = new(StringComparer.Ordinal)
    {
        ["topics"] = "topics",
        ["muted_topics"] = "topics to leave out",
        ["query"] = "queries of your own",
        ["muted_words"] = "muted words",
        ["zone"] = "time zone",
        ["at"] = "hour",
        ["frequency"] = "days",
        ["weekly_on"] = "day of the week",
        ["max"] = "number of papers",
        ["outside_topics"] = "places outside your topics",
        ["empty_day"] = "days without papers",
        ["language"] = "language",
    };

    private static readonly ZonedDateTimePattern Due =
        ZonedDateTimePattern.CreateWithInvariantCulture("dddd, d MMMM, HH:mm", DateTimeZoneProviders.Tzdb);

    /// <summary>The page with what is stored.</summary>
    public async Task<PreferencesModel> StoredAsync(Subscriber reader, string? notice, CancellationToken ct)
    {
        var stored = await editor.ReadAsync(reader, ct);
        return await PageAsync(reader, stored.Form, stored.Version.ToString(), (stored.Form.Queries ?? []).Select(text => new QueryField(text)), ct) with
        {
            Notice = notice,
        };
    }

    /// <summary>The page with what was typed, and what is wrong with it; it keeps the version it was filled from.</summary>
    public async Task<PreferencesModel> TypedAsync(
        Subscriber reader, SettingsForm typed, string? version, IReadOnlyList<FormError> errors, CancellationToken ct) =>
        await PageAsync(reader, typed, version, await QueriesAsync(typed, withPreview: false, ct), ct) with { Errors = errors };

    /// <summary>The page with what was typed, and what its queries would bring.</summary>
    public async Task<PreferencesModel> PreviewAsync(Subscriber reader, SettingsForm typed, string? version, CancellationToken ct) =>
        await PageAsync(reader, typed, version, await QueriesAsync(typed, withPreview: true, ct), ct);

    /// <summary>The page after a save that came too late: what was stored meanwhile, with what the sender changed over it.</summary>
    public async Task<PreferencesModel> StaleAsync(Subscriber reader, EditResult late, CancellationToken ct)
    {
        var stored = await editor.ReadAsync(reader, ct);
        var merged = late.Merged ?? stored.Form;
        return await PageAsync(reader, merged, stored.Version.ToString(), await QueriesAsync(merged, withPreview: false, ct), ct) with
        {
            ChangedElsewhere = late.ChangedElsewhere.Select(field => FieldNames[field]).ToList(),
        };
    }

    private async Task<List<QueryField>> QueriesAsync(SettingsForm typed, bool withPreview, CancellationToken ct)
    {
        var until = await archive.LatestDayAsync(ct) ?? archive.Today;
        var fields = new List<QueryField>();
        foreach (var text in (typed.Queries ?? []).Where(text => !string.IsNullOrWhiteSpace(text)).Take(SettingsParser.MostQueries))
        {
            if (!TopicQuery.TryParse(text.Trim(), out var query, out var wrong))
                fields.Add(new QueryField(text, new FormError("query", wrong.Message) { Value = text.Trim(), Position = wrong.Position, Length = wrong.Length }));
            else
                fields.Add(new QueryField(text, Preview: withPreview ? await preview.TryAsync(query, until, PreviewDays, ct) : null));
        }

        return fields;
    }

    /// <summary>The day a pause ends, if the text names one that is ahead of the reader's today and not further than a year.</summary>
    public LocalDate? PauseEnd(Subscriber reader, string? text)
    {
        var today = Today(reader);
        return PageDates.Parse(text) is { } day && day > today && day <= today.PlusYears(1) ? day : null;
    }

    /// <summary>Path of a reader's preferences.</summary>
    public string PathOf(Subscriber reader) => links.Path(LinkPurpose.Preferences, reader);

    private async Task<PreferencesModel> PageAsync(
        Subscriber reader, SettingsForm form, string? version, IEnumerable<QueryField> fields, CancellationToken ct)
    {
        var queries = fields.ToList();
        if (queries.Count < SettingsParser.MostQueries)
            queries.Add(new QueryField(""));
        return new PreferencesModel
        {
            Path = links.Path(LinkPurpose.Preferences, reader),
            UnsubscribePath = links.Path(LinkPurpose.Unsubscribe, reader),
            SavedPath = links.Path(LinkPurpose.Saved, reader),
            LatestDigestPath = await feedback.LatestDigestAsync(reader.Id, ct) is { } latest
                ? $"{links.Path(LinkPurpose.Preferences, reader)}/digests/{PageDates.Iso(latest)}"
                : null,
            Address = reader.Address,
            Status = Status(reader),
            IsPaused = reader.State is SubscriberState.Paused,
            Tomorrow = PageDates.Iso(Today(reader).PlusDays(1)),
            Topics = await catalogue.ListAsync(ct),
            Form = form,
            Version = version,
            Queries = queries,
            Verdicts = await feedback.OfAsync(reader.Id, ct),
        };
    }

    private static string Status(Subscriber reader)
    {
        if (reader.NextDueAt is not { } due)
            return "Your digest is paused until you resume it.";
        var when = Due.Format(due.InZone(Zone(reader)));
        return reader.State is SubscriberState.Paused ? $"Your digest is paused. The next one comes {when}." : $"Your next digest comes {when}.";
    }

    private LocalDate Today(Subscriber reader) => clock.GetCurrentInstant().InZone(Zone(reader)).Date;

    private static DateTimeZone Zone(Subscriber reader) => DigestSchedule.FindZone(reader.Zone) ?? DateTimeZone.Utc;
}
