using System.Globalization;
using DigestService.Digests;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;
using DigestService.Topics;
using NodaTime.Text;

namespace DigestService.Subscribers;

/// <summary>A reader's settings in the form they are typed in, the rows of their lists, and the version of all of it.</summary>
internal sealed record StoredSettings(SettingsForm Form, IReadOnlyList<Wish> Wishes, SettingsVersion Version);

/// <summary>What became of a save.</summary>
internal sealed record EditResult
{
    /// <summary>The reader as stored; null when they are gone.</summary>
    public Subscriber? Reader { get; init; }

    /// <summary>What is wrong with the form; nothing was saved then.</summary>
    public IReadOnlyList<InputFault> Errors { get; init; } = [];

    /// <summary>Fields that were changed elsewhere since the form was filled; nothing was saved then.</summary>
    public IReadOnlyList<string> ChangedElsewhere { get; init; } = [];

    /// <summary>A query of the form came to the same as another one or a topic, and was left out.</summary>
    public bool LeavesOutSame { get; init; }

    /// <summary>The sender changed nothing of what the form was filled with.</summary>
    public bool IsUntouched { get; init; }

    /// <summary>What to show when nothing was saved: what the sender typed or changed, over what is stored.</summary>
    public SettingsForm? Merged { get; init; }

    /// <summary>The settings were saved, or stood there already.</summary>
    public bool IsSaved => Reader is not null && Errors.Count == 0 && ChangedElsewhere.Count == 0;
}

/// <summary>
/// Changes a reader's settings by a form: what it does not name stays, and a form that was filled before somebody else
/// saved is told so instead of undoing their save.
/// </summary>
internal sealed class SettingsEditor(Database database, TopicCatalogue catalogue, DigestOptions digests, Subscriptions subscriptions)
{
    private const int MostAttempts = 10;
    private static readonly LocalTimePattern Hour = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <summary>The settings as they are stored.</summary>
    public async Task<StoredSettings> ReadAsync(Subscriber reader, CancellationToken ct)
    {
        var slugs = (await catalogue.ListAsync(ct)).ToDictionary(topic => topic.Id, topic => topic.Slug);
        var wishes = await database.QueryAsync<Wish>(PreferenceQueries.OfReader, new { id = reader.Id }, ct);
        var chosen = wishes.Where(wish => wish is { TopicId: not null, Muted: false }).ToList();
        var form = new SettingsForm
        {
            Topics = chosen.ConvertAll(wish => slugs[wish.TopicId!.Value]), // chosen have a topic
            More = chosen.Where(wish => wish.Weight > 1).Select(wish => slugs[wish.TopicId!.Value]).ToList(),
            MutedTopics = wishes.Where(wish => wish is { TopicId: not null, Muted: true }).Select(wish => slugs[wish.TopicId!.Value]).ToList(),
            Queries = wishes.Where(wish => wish.Text is not null).Select(wish => wish.Text!).ToList(),
            QueryNames = wishes.Where(wish => wish.Text is not null).Select(wish => wish.Name ?? "").ToList(),
            Zone = reader.Zone,
            At = Hour.Format(reader.SendAt),
            Frequency = reader.Frequency.ToString().ToLowerInvariant(),
            WeeklyOn = reader.WeeklyOn.ToString(CultureInfo.InvariantCulture),
            Max = reader.MaxItems.ToString(CultureInfo.InvariantCulture),
            Language = reader.Language,
            OutsideTopics = reader.OutsideTopics?.ToString(CultureInfo.InvariantCulture),
            EmptyDay = reader.EmptyDay?.ToString().ToLowerInvariant(),
            MutedWords = string.Join('\n', reader.MutedWords),
            InShort = reader.PrefersInShort ? "yes" : "no",
        };
        return new StoredSettings(form, wishes, SettingsVersion.Of(reader, wishes));
    }

    /// <summary>Saves a form. <paramref name="seen"/> is the version it was filled from; without one, the latest save wins.</summary>
    public async Task<EditResult> SaveAsync(long id, SettingsForm typed, SettingsVersion? seen, CancellationToken ct)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            if (await database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Find, new { id }, ct) is not { } reader)
                return new EditResult();
            if (reader.FollowsList)
                return new EditResult { Reader = reader, Errors = [new InputFault("list", ReaderWords.Of(reader.Language).ListIsChangedByLeader)] };
            var stored = await ReadAsync(reader, ct);
            var parser = new SettingsParser(await catalogue.ListAsync(ct), digests, reader.Language);
            var (change, errors) = parser.Read(typed.WithListsOf(stored.Form), stored.Form, stored.Wishes);
            if (errors.Count > 0)
                return new EditResult { Reader = reader, Errors = errors, Merged = typed.Over(stored.Form) };
            var wanted = SettingsVersion.Of(change.ApplyTo(reader), change.Wishes?.Wishes ?? stored.Wishes);
            // Saving what stands there already, as a button pressed twice does, takes nothing back. A query that an earlier release read
            // otherwise is read anew.
            if (wanted.Equals(stored.Version) && AreReadAlike(change.Wishes?.Wishes ?? stored.Wishes, stored.Wishes))
                return new EditResult { Reader = reader, LeavesOutSame = change.Wishes is { LeavesOutSame: true } };
            if (seen is not null && !seen.Equals(stored.Version))
            {
                var own = wanted.DifferencesFrom(seen);
                return new EditResult
                {
                    Reader = reader,
                    ChangedElsewhere = stored.Version.DifferencesFrom(seen),
                    IsUntouched = own.Count == 0,
                    Merged = typed.Only(own).Over(stored.Form),
                };
            }

            if (await subscriptions.ChangeAsync(id, change, stored.Version, ct) is { } changed)
                return new EditResult { Reader = changed, LeavesOutSame = change.Wishes is { LeavesOutSame: true } };
        }

        throw new InvalidOperationException($"The settings of subscriber {id} changed during each of {MostAttempts} attempts to save them.");
    }

    private static bool AreReadAlike(IReadOnlyList<Wish> some, IReadOnlyList<Wish> others) =>
        some.Where(wish => wish.TopicId is null).Select(wish => wish.Canonical).ToHashSet(StringComparer.Ordinal)
            .SetEquals(others.Where(wish => wish.TopicId is null).Select(wish => wish.Canonical));
}
