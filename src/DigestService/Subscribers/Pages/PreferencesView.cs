using System.Globalization;
using DigestService.Digests;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Topics;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Subscribers.Pages;

/// <summary>Builds the preferences page, from what is stored or from what was typed.</summary>
internal sealed class PreferencesView(
    Database database, TopicCatalogue catalogue, TopicPreview preview, Feedback feedback, Archive archive, SubscriberLinkOpener links, IClock clock)
{
    private const int PreviewDays = 14;
    private static readonly LocalTimePattern Hour = LocalTimePattern.CreateWithInvariantCulture("HH:mm");
    private static readonly ZonedDateTimePattern Due =
        ZonedDateTimePattern.CreateWithInvariantCulture("dddd, d MMMM, HH:mm", DateTimeZoneProviders.Tzdb);

    /// <summary>The settings as they are stored, in the form they are typed in.</summary>
    public async Task<SettingsForm> FormOfAsync(Subscriber reader, CancellationToken ct)
    {
        var topics = (await catalogue.ListAsync(ct)).ToDictionary(topic => topic.Id, topic => topic.Slug);
        var wishes = await database.QueryAsync<Wish>(PreferenceQueries.OfReader, new { id = reader.Id }, ct);
        var chosen = wishes.Where(wish => wish is { TopicId: not null, Muted: false }).ToList();
        return new SettingsForm
        {
            Topics = chosen.ConvertAll(wish => topics[wish.TopicId!.Value]),
            More = chosen.Where(wish => wish.Weight > 1).Select(wish => topics[wish.TopicId!.Value]).ToList(),
            MutedTopics = wishes.Where(wish => wish is { TopicId: not null, Muted: true }).Select(wish => topics[wish.TopicId!.Value]).ToList(),
            Queries = wishes.Where(wish => wish.Text is not null).Select(wish => wish.Text!).ToList(),
            Zone = reader.Zone,
            At = Hour.Format(reader.SendAt),
            Frequency = reader.Frequency.ToString().ToLowerInvariant(),
            WeeklyOn = reader.WeeklyOn.ToString(CultureInfo.InvariantCulture),
            Max = reader.MaxItems.ToString(CultureInfo.InvariantCulture),
            Language = reader.Language,
            OutsideTopics = reader.OutsideTopics?.ToString(CultureInfo.InvariantCulture),
            EmptyDay = reader.EmptyDay?.ToString().ToLowerInvariant(),
            MutedWords = string.Join('\n', reader.MutedWords),
        };
    }

    /// <summary>Checks what was typed.</summary>
    public async Task<(SettingsChange Change, IReadOnlyList<FormError> Errors)> CheckAsync(SettingsForm form, CancellationToken ct) =>
        new SettingsParser(await catalogue.ListAsync(ct)).Read(form);

    /// <summary>The page with what is stored.</summary>
    public async Task<PreferencesModel> StoredAsync(Subscriber reader, string? notice, CancellationToken ct)
    {
        var form = await FormOfAsync(reader, ct);
        return await PageAsync(reader, form, [], (form.Queries ?? []).Select(text => new QueryField(text)), notice, ct);
    }

    /// <summary>The page with what was typed: what is wrong with it, or what its queries would bring.</summary>
    public async Task<PreferencesModel> TypedAsync(Subscriber reader, SettingsForm typed, bool withPreview, CancellationToken ct)
    {
        var (_, errors) = await CheckAsync(typed, ct);
        var until = await archive.LatestDayAsync(ct) ?? archive.Today;
        var fields = new List<QueryField>();
        foreach (var text in (typed.Queries ?? []).Where(text => !string.IsNullOrWhiteSpace(text)).Take(SettingsParser.MostQueries))
        {
            if (!TopicQuery.TryParse(text.Trim(), out var query, out var wrong))
                fields.Add(new QueryField(text, new FormError("query", wrong.Message) { Value = text.Trim(), Position = wrong.Position, Length = wrong.Length }));
            else
                fields.Add(new QueryField(text, Preview: withPreview ? await preview.TryAsync(query, until, PreviewDays, ct) : null));
        }

        return await PageAsync(reader, typed, withPreview ? [] : errors, fields, null, ct);
    }

    /// <summary>The day a pause ends, if the text names one that is ahead of the reader's today and not further than a year.</summary>
    public LocalDate? PauseEnd(Subscriber reader, string? text)
    {
        var today = Today(reader);
        return PageDates.Parse(text) is { } day && day > today && day <= today.PlusYears(1) ? day : null;
    }

    private async Task<PreferencesModel> PageAsync(
        Subscriber reader, SettingsForm form, IReadOnlyList<FormError> errors, IEnumerable<QueryField> fields, string? notice, CancellationToken ct)
    {
        var queries = fields.ToList();
        if (queries.Count < SettingsParser.MostQueries)
            queries.Add(new QueryField(""));
        return new PreferencesModel
        {
            Path = links.Path(LinkPurpose.Preferences, reader),
            UnsubscribePath = links.Path(LinkPurpose.Unsubscribe, reader),
            Address = reader.Address,
            Status = Status(reader),
            IsPaused = reader.State is SubscriberState.Paused,
            Tomorrow = PageDates.Iso(Today(reader).PlusDays(1)),
            Notice = notice,
            Topics = await catalogue.ListAsync(ct),
            Form = form,
            Queries = queries,
            Errors = errors,
            Verdicts = await feedback.OfAsync(reader.Id, ct),
        };
    }

    private static string Status(Subscriber reader)
    {
        if (reader.NextDueAt is not { } due)
            return "Your digest rests until you resume.";
        var when = Due.Format(due.InZone(Zone(reader)));
        return reader.State is SubscriberState.Paused ? $"Your digest rests. The next one comes {when}." : $"Your next digest comes {when}.";
    }

    private LocalDate Today(Subscriber reader) => clock.GetCurrentInstant().InZone(Zone(reader)).Date;

    private static DateTimeZone Zone(Subscriber reader) => DigestSchedule.FindZone(reader.Zone) ?? DateTimeZone.Utc;
}
