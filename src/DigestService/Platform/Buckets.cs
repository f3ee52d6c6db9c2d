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

    /// <summary>The bucket of an address's comparison key, as the function <c>bucket_of_address</c> computes it.</summary>
    public static short OfAddress(string addressKey)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(addressKey), hash);
        return (short)(hash[0] & (Count - 1));
    }

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
    /// The one bucket that a statement takes, which it is given by its value besides; null where it takes several. <see cref="OfAll"/> is the
    /// same for readers who are named. With the value a statement goes to one server where tables are spread over several.
    /// </summary>
    public static short? Only(short[] buckets) => buckets is [var only] ? only : null;
}
