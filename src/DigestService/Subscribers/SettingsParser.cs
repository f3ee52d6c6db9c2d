using System.Globalization;
using DigestService.Digests;
using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;
using DigestService.Topics;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Subscribers;

/// <summary>Checks a form against the catalogue, the zone data and the limits, and says all that is wrong at once.</summary>
internal sealed class SettingsParser
{
    /// <summary>The languages mails are written in.</summary>
    public static readonly IReadOnlyList<string> Languages = PageLanguage.All;

    /// <summary>The most errors that are told at once; who mends these is told of the next.</summary>
    public const int MostErrors = 10;

    private const string DefaultZone = "UTC";
    private const string DefaultHour = "07:00";
    private const string DefaultFrequency = "daily";
    private const string DefaultWeeklyOn = "1";
    private const int LargestDigest = 50;
    private const int MostOutsideTopics = 20;
    private static readonly LocalTimePattern Hour = LocalTimePattern.CreateWithInvariantCulture("H:mm");

    private readonly Dictionary<string, Topic> _topics;
    private readonly DigestOptions _digests;
    private readonly string _language;
    private readonly ReaderWords _say;

    /// <summary>A reader of forms for the catalogue as it stands, which says what is wrong in a language.</summary>
    public SettingsParser(IEnumerable<Topic> topics, DigestOptions digests, string language = "en")
    {
        _digests = digests;
        _topics = topics.ToDictionary(topic => topic.Slug, StringComparer.OrdinalIgnoreCase);
        _language = language;
        _say = ReaderWords.Of(language);
    }

    /// <summary>
    /// The change the form asks for, or what is wrong with it, <see cref="MostErrors"/> things at most. A zone, a query or a muted word that
    /// <paramref name="stored"/> or <paramref name="held"/> has stays as it is, though it would not be taken any more.
    /// </summary>
    public (SettingsChange Change, IReadOnlyList<InputFault> Errors) Read(SettingsForm form, SettingsForm? stored = null, IReadOnlyList<Wish>? held = null)
    {
        var errors = new List<InputFault>();
        var wishes = Wishes(form, held ?? [], errors);
        var change = new SettingsChange
        {
            Zone = form.Zone is { } zone && zone == stored?.Zone ? zone : Zone(Said(form.Zone, DefaultZone), errors),
            SendAt = SendAt(Said(form.At, DefaultHour), errors),
            Frequency = OneOf<DigestFrequency>("frequency", Said(form.Frequency, DefaultFrequency), errors),
            WeeklyOn = Number("weekly_on", Said(form.WeeklyOn, DefaultWeeklyOn), 1, 7, errors),
            MaxItems = Number("max", Said(form.Max, _digests.MaxItems.ToString(CultureInfo.InvariantCulture)), 1, LargestDigest, errors),
            Language = Language(Said(form.Language, Languages[0]), errors),
            OutsideTopics = Number("outside_topics", form.OutsideTopics, 0, MostOutsideTopics, errors),
            ClearsOutsideTopics = Clears(form.OutsideTopics),
            EmptyDay = OneOf<EmptyDayRule>("empty_day", form.EmptyDay, errors),
            ClearsEmptyDay = Clears(form.EmptyDay),
            MutedWords = MutedWords(form.MutedWords, stored?.MutedWords?.Split('\n') ?? [], errors),
            PrefersInShort = YesOrNo("in_short", Said(form.InShort, "no"), errors),
            Wishes = wishes,
        };
        return (change, errors.Take(MostErrors).ToList());

        bool Clears(string? value) => form.BlankIsDefault && value is not null && string.IsNullOrWhiteSpace(value);

        string? Said(string? value, string byDefault) => Clears(value) ? byDefault : value;
    }

    private string? Zone(string? text, List<InputFault> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (DigestSchedule.FindZone(text.Trim()) is { } zone)
            return zone.Id;
        errors.Add(new InputFault("zone", _say.BadZone(Shown(text))));
        return null;
    }

    private LocalTime? SendAt(string? text, List<InputFault> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (Hour.Parse(text.Trim()) is { Success: true } parsed)
            return parsed.Value;
        errors.Add(new InputFault("at", _say.BadHour(Shown(text))));
        return null;
    }

    private T? OneOf<T>(string field, string? text, List<InputFault> errors)
        where T : struct, Enum
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var names = Enum.GetNames<T>();
        if (names.Contains(text.Trim(), StringComparer.OrdinalIgnoreCase))
            return Enum.Parse<T>(text.Trim(), ignoreCase: true);
        var choices = string.Join(", ", names.Select(name => name.ToLowerInvariant()));
        errors.Add(new InputFault(field, _say.NoneOf(Shown(text), choices)));
        return null;
    }

    private bool? YesOrNo(string field, string? text, List<InputFault> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (text.Trim() is "yes" or "no")
            return text.Trim() == "yes";
        errors.Add(new InputFault(field, _say.NoneOf(Shown(text), "yes, no")));
        return null;
    }

    private short? Number(string field, string? text, short least, short most, List<InputFault> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (short.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        errors.Add(new InputFault(field, _say.NotNumber(Shown(text), least, most)));
        return null;
    }

    private string? Language(string? text, List<InputFault> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var tag = text.Trim().ToLowerInvariant();
        if (Languages.Contains(tag, StringComparer.Ordinal))
            return tag;
        errors.Add(new InputFault("language", _say.NoneOf(Shown(text), string.Join(", ", Languages))));
        return null;
    }

    private List<string>? MutedWords(string? text, string[] stored, List<InputFault> errors)
    {
        if (text is null)
            return null;
        if (text.Length > WishLimits.LongestMutedWords)
        {
            errors.Add(new InputFault("muted_words", _say.TooManyMuted(WishLimits.MostMutedWords)));
            return null;
        }

        var written = MutedText.Cut(text);
        var kept = Array.ConvertAll(
            written,
            word => Array.IndexOf(stored, word) >= 0 ? word : word.Length > WishLimits.LongestMutedWord || word.Any(char.IsControl) ? null : MutedText.Kept(word));
        var words = kept.OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        if (words.Count > WishLimits.MostMutedWords)
            errors.Add(new InputFault("muted_words", _say.TooManyMuted(WishLimits.MostMutedWords)));
        if (Array.IndexOf(kept, null) is >= 0 and var odd)
            errors.Add(new InputFault("muted_words", _say.OddMuted(Shown(written[odd]))));
        return words;
    }

    // A topic and an own query may come to the same; the topic then stands for both, as the first named.
    private WishLists? Wishes(SettingsForm form, IReadOnlyList<Wish> stored, List<InputFault> errors)
    {
        var replaced = (form.Topics is null ? WishKinds.None : WishKinds.Topics)
            | (form.MutedTopics is null ? WishKinds.None : WishKinds.MutedTopics)
            | (form.Queries is null ? WishKinds.None : WishKinds.Queries);
        if (replaced is WishKinds.None)
            return null;
        var wishes = new Dictionary<string, Wish>(StringComparer.Ordinal);
        var more = Topics("more", form.More, errors).Select(topic => topic.Id).ToHashSet();
        foreach (var topic in Topics("topics", form.Topics, errors))
            wishes.TryAdd(topic.Query, new Wish { Canonical = topic.Query, TopicId = topic.Id, Weight = more.Contains(topic.Id) ? Wish.More : 1 });
        foreach (var topic in Topics("muted_topics", form.MutedTopics, errors))
        {
            if (!wishes.TryAdd(topic.Query, new Wish { Canonical = topic.Query, TopicId = topic.Id, Muted = true }) && !wishes[topic.Query].Muted)
                errors.Add(new InputFault("muted_topics", _say.BothTopic(topic.NameIn(_language))));
        }

        var leavesOut = AddQueries(form, stored, wishes, errors);
        errors.InsertRange(0, WishLimits.Faults(wishes.Values, _say));
        return new WishLists(replaced, [.. wishes.Values]) { LeavesOutSame = leavesOut };
    }

    private List<Topic> Topics(string field, IReadOnlyList<string>? slugs, List<InputFault> errors)
    {
        var topics = new List<Topic>();
        foreach (var slug in Slugs(field, slugs, errors))
        {
            if (_topics.TryGetValue(slug, out var topic))
                topics.Add(topic);
            else
                errors.Add(new InputFault(field, _say.NoTopic(Shown(slug))) { IsMissing = true });
        }

        return topics;
    }

    /// <summary>What a list names, each once; a list that is far too long is refused before anything of it is looked at.</summary>
    private List<string> Slugs(string field, IReadOnlyList<string>? slugs, List<InputFault> errors)
    {
        if (slugs is null)
            return [];
        if (slugs.Count <= WishLimits.MostListed)
            return slugs.Where(slug => !string.IsNullOrWhiteSpace(slug)).Select(slug => slug.Trim()).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        errors.Add(new InputFault(field, _say.TooManyTopics(WishLimits.MostListed)));
        return [];
    }

    /// <summary>Whether one of the queries comes to the same as another wish, and is left out.</summary>
    private bool AddQueries(SettingsForm form, IReadOnlyList<Wish> stored, Dictionary<string, Wish> wishes, List<InputFault> errors)
    {
        if (form.Queries is not { Count: <= WishLimits.MostListed } queries)
        {
            if (form.Queries is not null)
                errors.Add(new InputFault("query", _say.TooManyQueries(WishLimits.MostQueries)));
            return false;
        }

        var leavesOut = false;
        var written = queries.Select((text, i) => (Text: text, Name: form.QueryNames is null ? null : form.QueryNames.ElementAtOrDefault(i) ?? ""))
            .Where(query => !string.IsNullOrWhiteSpace(query.Text))
            .Select(query => (Text: query.Text.Trim(), Name: query.Name?.Trim()))
            .DistinctBy(query => query.Text, StringComparer.Ordinal);
        foreach (var (text, name) in written)
        {
            if (CanonicalOf(text, stored, errors) is { } canonical)
                leavesOut |= !AddQuery(new Wish { Canonical = canonical, Text = text, Name = name }, wishes, errors);
        }

        return leavesOut;
    }

    private string? CanonicalOf(string text, IReadOnlyList<Wish> stored, List<InputFault> errors)
    {
        if (TopicQuery.TryParse(text, out var query, out var error))
            return query.Canonical;
        if (stored.FirstOrDefault(wish => wish.Text == text) is { } standing)
            return standing.Canonical;
        errors.Add(FollowedAuthor.NameIn(text) is { } author
            ? new InputFault("authors", _say.BadName(Shown(author)))
            : new InputFault("query", error.In(_language)) { Value = text, Position = error.Position, Length = error.Length });
        return null;
    }

    private bool AddQuery(Wish query, Dictionary<string, Wish> wishes, List<InputFault> errors)
    {
        if (query.Name?.Length > WishLimits.LongestQueryName || query.Name?.Any(char.IsControl) == true)
            errors.Add(new InputFault("query", _say.LongQueryName) { Value = query.Text });
        else if (wishes.TryAdd(query.Canonical, query))
            return true;
        else if (wishes[query.Canonical].Muted)
            errors.Add(new InputFault("query", _say.BothQuery) { Value = query.Text, Length = query.Text!.Length }); // an own query has a text
        return false;
    }

    private static string Shown(string text) => TypedText.Shortened(new string([.. text.Trim().Select(c => char.IsControl(c) ? ' ' : c)]), 60);
}
