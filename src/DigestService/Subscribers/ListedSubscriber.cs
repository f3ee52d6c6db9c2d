using System.Text.Json.Serialization;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Subscribers;

/// <summary>A reader as <c>subscribers list</c> shows them.</summary>
internal sealed record ListedSubscriber
{
    public required long Id { get; init; }
    public required string Email { get; init; }
    public required string State { get; init; }

    /// <summary>Why this address must not be mailed at all; null where it may.</summary>
    public string? SuppressedBecause { get; init; }

    /// <summary>Slugs of topics and own queries.</summary>
    public string[] Topics { get; init; } = [];

    /// <summary>The row that holds them: the reader's own, or that of their list's leader.</summary>
    [JsonIgnore]
    public long WishesOf { get; init; }

    public required string Zone { get; init; }
    public required LocalTime At { get; init; }
    public required string Frequency { get; init; }
    public required short Max { get; init; }
    public required string Language { get; init; }

    /// <summary>The list whose digest they get; null for a digest of their own.</summary>
    public string? List { get; init; }

    /// <summary>Whether the list has its settings from them; null without a list.</summary>
    public bool? LeadsList { get; init; }
    public Instant? NextDueAt { get; init; }
    public LocalDate? NextDueOn { get; init; }
    public LocalDate? LastDigestOn { get; init; }
    public LocalDate? PausedUntil { get; init; }
    public required Instant CreatedAt { get; init; }
    public Instant? ConfirmedAt { get; init; }
    public Instant? EndedAt { get; init; }

    /// <summary>Readers with what they follow, as the parameters of <see cref="SubscriberQueries.List"/> choose them.</summary>
    public static async Task<IReadOnlyList<ListedSubscriber>> FindAsync(Database database, object filter, CancellationToken ct)
    {
        var readers = await database.QueryAsync<ListedSubscriber>(SubscriberQueries.List, filter, ct);
        var topics = (await database.QueryAsync<TopicsRow>(SubscriberQueries.ListTopics, new { ids = readers.Select(reader => reader.WishesOf).Distinct().ToArray() }, ct))
            .ToDictionary(row => row.Id, row => row.Topics);
        return [.. readers.Select(reader => reader with { Topics = topics.GetValueOrDefault(reader.WishesOf, []) })];
    }

    private sealed record TopicsRow
    {
        public required long Id { get; init; }
        public required string[] Topics { get; init; }
    }
}
