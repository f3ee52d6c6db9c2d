using System.Security.Cryptography;
using System.Text;

namespace DigestService.Platform;

/// <summary>
/// The 64 buckets in which readers and their mails stand (see <c>migrations/0105_subscribers.sql</c> and
/// <c>0110_deliveries_in_buckets.sql</c>). The last six bits of the id of a reader, or of a mail, are the bucket, which
/// statements compute as <c>id &amp; 63</c>.
/// </summary>
internal static class Buckets
{
    private const int Count = 64;

    /// <summary>The bucket of a reader or of a mail.</summary>
    public static short Of(long id) => (short)(id & (Count - 1));

    /// <summary>The bucket of an address by its key, as <c>bucket_of_address</c> computes it.</summary>
    public static short OfAddress(string addressKey) => (short)(SHA256.HashData(Encoding.UTF8.GetBytes(addressKey))[0] & (Count - 1));

    /// <summary>The bucket of all these readers or mails; null where they are of several, or are none.</summary>
    public static short? OfAll(IEnumerable<long> ids)
    {
        short? only = null;
        foreach (var id in ids)
        {
            if (only is { } other && other != Of(id))
                return null;
            only = Of(id);
        }

        return only;
    }

    /// <summary>All of them, in order.</summary>
    public static short[] All { get; } = From(0);

    /// <summary>All of them, beginning with one.</summary>
    public static short[] From(int first) => [.. Enumerable.Range(first, Count).Select(bucket => (short)(bucket % Count))];

    /// <summary>
    /// All of them, beginning anywhere: workers that begin at different buckets meet seldom, and so do not wait for each other's
    /// index pages.
    /// </summary>
    public static short[] FromAnywhere() => From(Random.Shared.Next(Count));

    /// <summary>
    /// The bucket that all of some readers stand in; null where they stand in several, and where there are none. Statements take
    /// it as <c>@onlyBucket</c>: with it they ask for that bucket by its value, and where tables are spread over several servers
    /// go to one of them; without it they compute each reader's.
    /// </summary>
    public static long? Only(IEnumerable<long> ids) => Only([.. ids.Select(Of).Distinct().Take(2)]);

    /// <summary>The same for a statement that takes what it finds in some buckets.</summary>
    public static long? Only(short[] buckets) => buckets is [var only] ? only : null;
}
