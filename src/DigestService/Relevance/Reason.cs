using System.Text.Json.Serialization;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Relevance;

/// <summary>
/// Why an entry stands in a digest, as data: kept in the ledger as JSON, put into words by the mail in the reader's
/// language. A reason is only ever given when it can be checked against the paper.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MatchedTopic), "topic")]
[JsonDerivedType(typeof(NearTopic), "near")]
[JsonDerivedType(typeof(CloseInMeaning), "meaning")]
[JsonDerivedType(typeof(Upvoted), "upvotes")]
[JsonDerivedType(typeof(ListedHigh), "listed")]
[JsonDerivedType(typeof(LikeThat), "like")]
[JsonDerivedType(typeof(FollowedAuthor), "author")]
[JsonDerivedType(typeof(BigOutside), "outside")]
[JsonDerivedType(typeof(LikedAlike), "liked_alike")]
[JsonDerivedType(typeof(NewlyListed), "new")]
public abstract record Reason;

/// <summary>The paper matches a topic or own query; <paramref name="Terms"/> are the words of its text that matched.</summary>
public sealed record MatchedTopic(string Topic, IReadOnlyList<string> Terms) : Reason;

/// <summary>It does not match the topic, but speaks of what its best papers speak of: <paramref name="Terms"/> are such words of its text.</summary>
public sealed record NearTopic(string Topic, IReadOnlyList<string> Terms) : Reason;

/// <summary>It does not hold the topic's words but is close to it in meaning; <paramref name="Sentence"/> of its abstract is the closest, empty where none is known.</summary>
public sealed record CloseInMeaning(string Topic, string Sentence) : Reason;

/// <summary>So many upvotes within so many hours of its listing; 0 hours where the age is not known.</summary>
public sealed record Upvoted(int Count, int Hours) : Reason;

/// <summary>It stood high (1 is first) on a listing, of the day that is named where it is known.</summary>
public sealed record ListedHigh(string Source, int Position) : Reason
{
    /// <summary>The day of the listing; null in what was recorded before days were kept.</summary>
    [JsonConverter(typeof(LocalDateJsonConverter))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LocalDate? ListedOn { get; init; }
}

/// <summary>It resembles a paper the reader liked.</summary>
public sealed record LikeThat(long PaperId, string Title) : Reason;

/// <summary>An author the reader follows wrote it.</summary>
public sealed record FollowedAuthor(string Name) : Reason;

/// <summary>It is among the day's most noticed papers outside the reader's topics.</summary>
public sealed record BigOutside : Reason;

/// <summary>Readers whose likes overlap with this reader's liked it.</summary>
public sealed record LikedAlike : Reason;

/// <summary>First listed within the last day.</summary>
public sealed record NewlyListed : Reason;
