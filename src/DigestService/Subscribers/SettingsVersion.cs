using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DigestService.Subscribers;

/// <summary>
/// A fingerprint of a reader's settings, field by field. A form carries the one it was filled from, so that a save can
/// tell which fields were changed elsewhere meanwhile, and which its own sender changed.
/// </summary>
internal sealed class SettingsVersion : IEquatable<SettingsVersion>
{
    // Three octets a field: two values of one field that look alike are one in sixteen million.
    private const int FieldLength = 3;

    /// <summary>The fields, named as errors and the API name them, in the order of the fingerprint.</summary>
    public static readonly IReadOnlyList<string> Fields =
    [
        "topics", "muted_topics", "query", "muted_words", "zone", "at", "frequency", "weekly_on", "max", "outside_topics", "empty_day",
        "language", "in_short",
    ];

    private readonly byte[] _octets;

    private SettingsVersion(byte[] octets) => _octets = octets;

    /// <summary>The fingerprint of a row and the topics and queries that belong to it.</summary>
    public static SettingsVersion Of(Subscriber reader, IReadOnlyList<Wish> wishes)
    {
        string[] values =
        [
            Join(wishes.Where(wish => wish is { TopicId: not null, Muted: false }).Select(wish => Invariant($"{wish.TopicId}:{wish.Weight}"))),
            Join(wishes.Where(wish => wish is { TopicId: not null, Muted: true }).Select(wish => Invariant($"{wish.TopicId}"))),
            Join(wishes.Where(wish => wish.TopicId is null).Select(wish => string.IsNullOrEmpty(wish.Name) ? wish.Text ?? "" : $"{wish.Text}\u001f{wish.Name}")),
            string.Join('\n', reader.MutedWords),
            reader.Zone,
            reader.SendAt.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
            reader.Frequency.ToString(),
            Invariant($"{reader.WeeklyOn}"),
            Invariant($"{reader.MaxItems}"),
            Invariant($"{reader.OutsideTopics}"),
            reader.EmptyDay?.ToString() ?? "",
            reader.Language,
            reader.PrefersInShort ? "yes" : "no",
        ];
        return new([.. values.SelectMany(value => SHA256.HashData(Encoding.UTF8.GetBytes(value))[..FieldLength])]);
    }

    /// <summary>Reads what <see cref="ToString"/> wrote; null for anything else.</summary>
    public static SettingsVersion? TryParse(string? text)
    {
        if (text is null || text.Length > 200 || !Base64Url.IsValid(text))
            return null;
        var octets = Base64Url.DecodeFromChars(text);
        return octets.Length == Fields.Count * FieldLength ? new(octets) : null;
    }

    /// <summary>The fields in which two versions differ.</summary>
    public IReadOnlyList<string> DifferencesFrom(SettingsVersion other) =>
        Fields.Where((_, i) => !Field(i).SequenceEqual(other.Field(i))).ToList();

    /// <inheritdoc/>
    public bool Equals(SettingsVersion? other) => other is not null && _octets.AsSpan().SequenceEqual(other._octets);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SettingsVersion);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_octets);

    /// <inheritdoc/>
    public override string ToString() => Base64Url.EncodeToString(_octets);

    private ReadOnlySpan<byte> Field(int i) => _octets.AsSpan(i * FieldLength, FieldLength);

    private static string Join(IEnumerable<string> values) => string.Join('\n', values.Order(StringComparer.Ordinal));

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
