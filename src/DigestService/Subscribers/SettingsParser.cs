using System.Globalization;
using DigestService.Digests;
using DigestService.Topics;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Subscribers;

/// <summary>Checks a form against the catalogue, the zone data and the limits, and says all that is wrong at once.</summary>
internal sealed class SettingsParser
{
    /// <summary>The languages mails are written in.</summary>
    public static readonly IReadOnlyList<string> Languages = ["en", "de", "fr", "es", "zh"];

    /// <summary>The most own queries a reader may have.</summary>
    public const int MostQueries = 10;

    /// <summary>The most muted words.</summary>
    public const int MostMutedWords = 50;

    private const int LongestMutedWord = 60;
    private const int LargestDigest = 50;
    private const int MostOutsideTopics = 20;
    private static readonly LocalTimePattern Hour = LocalTimePattern.CreateWithInvariantCulture("H:mm");

    private readonly Dictionary<string, Topic> _topics;

    /// <summary>A reader of forms for the catalogue as it stands.</summary>
    public SettingsParser(IEnumerable<Topic> topics) =>
        _topics = topics.ToDictionary(topic => topic.Slug, StringComparer.OrdinalIgnoreCase);

    /// <summary>The change the form asks for, or everything that is wrong with it.</summary>
    public (SettingsChange Change, IReadOnlyList<FormError> Errors) Read(SettingsForm form)
    {
        var errors = new List<FormError>();
        var change = new SettingsChange
        {
            Zone = Zone(form.Zone, errors),
            SendAt = SendAt(form.At, errors),
            Frequency = OneOf<DigestFrequency>("frequency", form.Frequency, errors),
            WeeklyOn = Number("weekly_on", form.WeeklyOn, 1, 7, errors),
            MaxItems = Number("max", form.Max, 1, LargestDigest, errors),
            Language = Language(form.Language, errors),
            OutsideTopics = Number("outside_topics", form.OutsideTopics, 0, MostOutsideTopics, errors),
            EmptyDay = OneOf<EmptyDayRule>("empty_day", form.EmptyDay, errors),
            MutedWords = MutedWords(form.MutedWords, errors),
            Wishes = Wishes(form, errors),
        };
        return (change, errors);
    }

    private static string? Zone(string? text, List<FormError> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (DigestSchedule.FindZone(text.Trim()) is { } zone)
            return zone.Id;
        errors.Add(new FormError("zone", $"“{Shown(text)}” is not a time zone; one is called Europe/Berlin."));
        return null;
    }

    private static LocalTime? SendAt(string? text, List<FormError> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (Hour.Parse(text.Trim()) is { Success: true } parsed)
            return parsed.Value;
        errors.Add(new FormError("at", $"“{Shown(text)}” is not a time of day; one is written 07:00."));
        return null;
    }

    private static T? OneOf<T>(string field, string? text, List<FormError> errors)
        where T : struct, Enum
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var names = Enum.GetNames<T>();
        if (names.Contains(text.Trim(), StringComparer.OrdinalIgnoreCase))
            return Enum.Parse<T>(text.Trim(), ignoreCase: true);
        var choices = string.Join(", ", names.Select(name => name.ToLowerInvariant()));
        errors.Add(new FormError(field, $"“{Shown(text)}” is none of {choices}."));
        return null;
    }

    private static short? Number(string field, string? text, short least, short most, List<FormError> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (short.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        errors.Add(new FormError(field, $"“{Shown(text)}” is not a number from {least} to {most}."));
        return null;
    }

    private static string? Language(string? text, List<FormError> errors)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var tag = text.Trim().ToLowerInvariant();
        if (Languages.Contains(tag, StringComparer.Ordinal))
            return tag;
        errors.Add(new FormError("language", $"“{Shown(text)}” is none of {string.Join(", ", Languages)}."));
        return null;
    }

    private static List<string>? MutedWords(string? text, List<FormError> errors)
    {
        if (text is null)
            return null;
        var words = text.Split([',', '\n', '\r'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.ToLowerInvariant())
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (words.Count > MostMutedWords)
            errors.Add(new FormError("muted_words", $"At most {MostMutedWords} words can be muted."));
        if (words.Find(word => word.Length > LongestMutedWord || word.Any(char.IsControl)) is { } odd)
            errors.Add(new FormError("muted_words", $"“{Shown(odd)}” is too long or odd for a muted word."));
        return words;
    }

    // A topic and an own query may come to the same; the topic then stands for both, as the first named.
    private List<Wish>? Wishes(SettingsForm form, List<FormError> errors)
    {
        if (form.Topics is null && form.Queries is null)
            return null;
        var wishes = new Dictionary<string, Wish>(StringComparer.Ordinal);
        foreach (var slug in form.Topics ?? [])
            Add(slug, muted: false);
        foreach (var slug in form.MutedTopics)
            Add(slug, muted: true);
        AddQueries(form.Queries ?? [], wishes, errors);
        return [.. wishes.Values];

        void Add(string slug, bool muted)
        {
            if (string.IsNullOrWhiteSpace(slug))
                return;
            if (!_topics.TryGetValue(slug.Trim(), out var topic))
            {
                errors.Add(new FormError("topics", $"There is no topic called “{Shown(slug)}”."));
                return;
            }

            var weight = form.More.Contains(topic.Slug, StringComparer.OrdinalIgnoreCase) ? Wish.More : 1;
            wishes.TryAdd(
                topic.Query, new Wish { Canonical = topic.Query, TopicId = topic.Id, Weight = weight, Muted = muted });
        }
    }

    private static void AddQueries(IReadOnlyList<string> queries, Dictionary<string, Wish> wishes, List<FormError> errors)
    {
        var written = queries.Where(text => !string.IsNullOrWhiteSpace(text)).Select(text => text.Trim()).ToList();
        if (written.Count > MostQueries)
            errors.Add(new FormError("query", $"At most {MostQueries} queries of your own; join some with OR."));
        foreach (var text in written.Take(MostQueries))
        {
            if (TopicQuery.TryParse(text, out var query, out var error))
                wishes.TryAdd(query.Canonical, new Wish { Canonical = query.Canonical, Text = text });
            else
                errors.Add(new FormError("query", error.Message) { Value = text, Position = error.Position, Length = error.Length });
        }
    }

    private static string Shown(string text)
    {
        var plain = new string(text.Trim().Select(c => char.IsControl(c) ? ' ' : c).ToArray());
        return plain.Length <= 60 ? plain : plain[..60] + "…";
    }
}
