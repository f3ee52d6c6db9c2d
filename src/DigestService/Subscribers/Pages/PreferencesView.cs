using DigestService.Digests;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Mails.Languages;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Subscribers.Pages;

/// <summary>Builds the preferences page, from what is stored or from what was typed.</summary>
internal sealed class PreferencesView(
    SettingsEditor editor,
    TopicCatalogue catalogue,
    DigestOptions digests,
    TopicRates rates,
    TopicPreview preview,
    DigestTrial trial,
    Feedback feedback,
    Archive archive,
    SubscriberLinkOpener links,
    SubscriberLists lists,
    Leaving leaving,
    Database database,
    IClock clock)
{
    private const int PreviewDays = 14;
    private const int VerdictsShown = 10;

    /// <summary>The page with what is stored.</summary>
    public async Task<PreferencesModel> StoredAsync(Subscriber reader, string? notice, CancellationToken ct)
    {
        var stored = await editor.ReadAsync(reader, ct);
        var (_, faults) = new SettingsParser(await catalogue.ListAsync(ct), digests, reader.Language).Read(stored.Form);
        var silent = await database.QueryAsync<SilentQuery>(
            PreferenceQueries.Silent, new { id = reader.Id, until = (await LatestDayAsync(ct)).ToDateOnly(), days = PreviewDays }, ct);
        var queries = Named(stored.Form).Select(query => FaultOf(query.Text, reader.Language) is { } fault
            ? new QueryField(query.Text, query.Name, fault)
            : new QueryField(query.Text, query.Name) { SilentDays = silent.FirstOrDefault(row => row.Text == query.Text)?.Days ?? 0 });
        return await PageAsync(reader, stored.Form, stored.Version.ToString(), queries, ct) with
        {
            Notice = notice,
            Standing = faults,
        };
    }

    /// <summary>The page with what was typed, and what is wrong with it; it keeps the version it was filled from.</summary>
    public async Task<PreferencesModel> TypedAsync(
        Subscriber reader, SettingsForm typed, string? version, IReadOnlyList<InputFault> errors, CancellationToken ct) =>
        await PageAsync(reader, typed, version, await QueriesAsync(reader, typed, errors, withPreview: false, ct), ct) with { Errors = errors };

    /// <summary>The page with what was typed, a fault beside the settings, and all that is wrong with them; nothing was saved.</summary>
    public async Task<PreferencesModel> FaultyAsync(Subscriber reader, SettingsForm typed, string? version, InputFault fault, CancellationToken ct)
    {
        var stored = await editor.ReadAsync(reader, ct);
        var (_, errors) = await ReadAsync(reader, typed.WithListsOf(stored.Form), stored, ct);
        return await TypedAsync(reader, typed.Over(stored.Form), version ?? stored.Version.ToString(), [.. errors, fault], ct);
    }

    /// <summary>The change that what was typed asks for, or what is wrong with it.</summary>
    public async Task<(SettingsChange Change, IReadOnlyList<InputFault> Errors)> ReadAsync(Subscriber reader, SettingsForm typed, CancellationToken ct) =>
        await ReadAsync(reader, typed, await editor.ReadAsync(reader, ct), ct);

    private async Task<(SettingsChange Change, IReadOnlyList<InputFault> Errors)> ReadAsync(Subscriber reader, SettingsForm typed, StoredSettings stored, CancellationToken ct) =>
        new SettingsParser(await catalogue.ListAsync(ct), digests, reader.Language).Read(typed, stored.Form, stored.Wishes);

    /// <summary>The page with what was typed, what each query would have brought lately, and the digest that all of it would bring next.</summary>
    public async Task<PreferencesModel> TryAsync(Subscriber reader, SettingsForm typed, string? version, string? asked, CancellationToken ct)
    {
        var (change, errors) = await ReadAsync(reader, typed, ct);
        var model = await PageAsync(reader, typed, version, await QueriesAsync(reader, typed, errors, withPreview: true, ct), ct);
        if (!string.IsNullOrWhiteSpace(asked))
            model = model with { Asked = asked.Trim(), Found = TopicsLike(asked, model.Topics, reader.Language) };
        if (await trial.TryAsync(reader, change, ct) is not { } tried)
            return model;
        var content = tried.Selection.ToContent(deliveryId: 0, tried.Pool, clock.GetCurrentInstant());
        var language = Language.Of(reader.Language);
        return model with
        {
            Next = new TriedDigest(
                content.Entries.Select(entry => new TriedPaper(
                    entry.Paper.Id,
                    entry.Paper.Title,
                    TextLetters.LanguageOf(entry.Paper.Title),
                    DigestLines.InWords(entry.Reasons, language, content.DigestOn, content.Span))).ToList(),
                errors.Count > 0),
        };
    }

    /// <summary>The page after a save that came too late: what was stored meanwhile, with what the sender changed over it.</summary>
    public async Task<PreferencesModel> StaleAsync(Subscriber reader, EditResult late, CancellationToken ct)
    {
        var stored = await editor.ReadAsync(reader, ct);
        var merged = late.Merged ?? stored.Form;
        return await PageAsync(reader, merged, stored.Version.ToString(), await QueriesAsync(reader, merged, [], withPreview: false, ct), ct) with
        {
            ChangedElsewhere = late.ChangedElsewhere.Select(ReaderWords.Of(reader.Language).FieldName).ToList(),
        };
    }

    // By the words of their names and descriptions; the script looks through names as they are typed.
    private static HashSet<string> TopicsLike(string asked, IReadOnlyList<Topic> topics, string language)
    {
        var words = asked.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return [.. topics.Where(topic => Array.TrueForAll(words, word => Told(topic).Contains(word, StringComparison.CurrentCultureIgnoreCase))).Select(topic => topic.Slug)];

        string Told(Topic topic) => $"{topic.NameIn(language)} {topic.GroupIn(language)} {topic.Name} {topic.Description}";
    }

    // A script shows each trial under the field it was typed into: the blank ones between keep their places.
    private async Task<List<QueryField>> QueriesAsync(Subscriber reader, SettingsForm typed, IReadOnlyList<InputFault> errors, bool withPreview, CancellationToken ct)
    {
        var until = await LatestDayAsync(ct);
        var fields = new List<QueryField>();
        foreach (var (text, name) in Named(typed).Take(WishLimits.MostQueries))
        {
            if (string.IsNullOrWhiteSpace(text))
                fields.Add(new QueryField("", name));
            else if ((errors.FirstOrDefault(error => error.Field == "query" && error.Value == text.Trim()) ?? FaultOf(text, reader.Language)) is { } error)
                fields.Add(new QueryField(text, name, error));
            else
                fields.Add(new QueryField(
                    text, name, Preview: withPreview && TopicQuery.TryParse(text.Trim(), out var query, out _) ? await preview.TryAsync(query, until, PreviewDays, ct) : null));
        }

        return fields;
    }

    // Of a query that stands there too, which is told and hinders nothing.
    private static InputFault? FaultOf(string query, string language) => TopicQuery.TryParse(query.Trim(), out _, out var error)
        ? null
        : new InputFault("query", error.In(language)) { Value = query.Trim(), Position = error.Position, Length = error.Length };

    private async Task<LocalDate> LatestDayAsync(CancellationToken ct) => await archive.LatestDayAsync(ct) ?? archive.Today;

    /// <summary>The reader's own queries with their names, without those that follow an author.</summary>
    private static IEnumerable<(string Text, string Name)> Named(SettingsForm form) => (form.Queries ?? [])
        .Select((text, i) => (Text: text, Name: form.QueryNames?.ElementAtOrDefault(i) ?? ""))
        .Where(query => FollowedAuthor.NameIn(query.Text) is null);

    /// <summary>Path of a reader's preferences.</summary>
    public string PathOf(Subscriber reader) => links.Path(LinkPurpose.Preferences, reader);

    private async Task<PreferencesModel> PageAsync(
        Subscriber reader, SettingsForm form, string? version, IEnumerable<QueryField> fields, CancellationToken ct)
    {
        var queries = fields.ToList();
        if (queries.Count < WishLimits.MostQueries && queries.TrueForAll(field => field.Text.Length > 0))
            queries.Add(new QueryField(""));
        var verdicts = await feedback.OfAsync(reader.Id, VerdictsShown + 1, offset: 0, ct);
        var isBarred = await leaving.BarAsync(reader, ct) is not null;
        return new PreferencesModel
        {
            Path = links.Path(LinkPurpose.Preferences, reader),
            UnsubscribePath = links.Path(LinkPurpose.Unsubscribe, reader),
            SavedPath = links.Path(LinkPurpose.Saved, reader),
            LatestDigestPath = await LatestDigestPathAsync(reader, ct),
            Address = EmailAddress.Readable(reader.Address),
            Status = StatusOf(reader, isBarred),
            LedList = reader is { LeadsList: true, ListId: { } list, ListName: { } name }
                ? ReaderWords.Of(reader.Language).ListLed(name, await lists.SizeAsync(list, ct))
                : null,
            IsPaused = reader.State is SubscriberState.Paused,
            Tomorrow = PageDates.Iso(Today(reader).PlusDays(1)),
            Topics = await catalogue.ListAsync(ct),
            Rates = await rates.GetAsync(ct),
            Authors = string.Join('\n', (form.Queries ?? []).Select(FollowedAuthor.NameIn).OfType<string>()),
            MaySendNow = !isBarred && reader.State is SubscriberState.Active && (reader.LastDigestOn is null || reader.LastDigestOn < Today(reader)),
            Form = form,
            Version = version,
            Queries = queries,
            Verdicts = [.. verdicts.Take(VerdictsShown)],
            HasMoreVerdicts = verdicts.Count > VerdictsShown,
        };
    }

    /// <summary>The page of a reader of a list that another leads.</summary>
    public async Task<ListMemberModel> MemberAsync(Subscriber reader, string? notice, CancellationToken ct) => new()
    {
        Path = links.Path(LinkPurpose.Preferences, reader),
        UnsubscribePath = links.Path(LinkPurpose.Unsubscribe, reader),
        SavedPath = links.Path(LinkPurpose.Saved, reader),
        LatestDigestPath = await LatestDigestPathAsync(reader, ct),
        Address = EmailAddress.Readable(reader.Address),
        List = reader.ListName ?? "",
        Leader = reader.LeaderId is { } leader && await links.FindAsync(leader, ct) is { } found ? SubscriberLists.Masked(EmailAddress.Readable(found.Address)) : "…",
        Status = StatusOf(reader, await leaving.BarAsync(reader, ct) is not null),
        IsPaused = reader.State is SubscriberState.Paused,
        Notice = notice,
    };

    private async Task<string?> LatestDigestPathAsync(Subscriber reader, CancellationToken ct) => await feedback.LatestDigestAsync(reader.Id, ct) is { } latest
        ? $"{links.Path(LinkPurpose.Preferences, reader)}/digests/{PageDates.Iso(latest)}"
        : null;

    /// <summary>When the next digest comes, or that no mail may go to the address, in a sentence in the reader's language.</summary>
    public static string StatusOf(Subscriber reader, bool isBarred)
    {
        var say = ReaderWords.Of(reader.Language);
        if (isBarred)
            return say.Barred;
        if (reader.NextDueAt is not { } due)
            return say.PausedUntilResumed;
        var when = Language.Of(reader.Language).Moment(due.InZone(Zone(reader)).LocalDateTime);
        return reader.State is SubscriberState.Paused ? say.PausedNext(when) : say.NextComes(when);
    }

    private LocalDate Today(Subscriber reader) => clock.GetCurrentInstant().InZone(Zone(reader)).Date;

    private static DateTimeZone Zone(Subscriber reader) => DigestSchedule.FindZone(reader.Zone) ?? DateTimeZone.Utc;

    private sealed record SilentQuery
    {
        public required string Text { get; init; }

        public required int Days { get; init; }
    }
}
