using System.Security.Cryptography;
using System.Text;

namespace DigestService.Platform;

/// <summary>
/// The 64 buckets in which readers stand (see <c>migrations/0105_subscribers.sql</c>). The last six bits of a reader's id
/// are the bucket, which statements compute as <c>id &amp; 63</c>.
/// </summary>
internal static class Buckets
{
    private const int Count = 64;

    /// <summary>The bucket of a reader.</summary>
    public static short Of(long id) => (short)(id & (Count - 1));

    /// <summary>The bucket of an address's comparison key, as the function <c>bucket_of_address</c> computes it.</summary>
    public static short OfAddress(string addressKey)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(addressKey), hash);
        return (short)(hash[0] & (Count - 1));
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
}
