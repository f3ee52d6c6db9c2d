using System.IO.Compression;
using Microsoft.Net.Http.Headers;

namespace DigestService.Platform.Layout;

/// <summary>
/// Public content packed with gzip for those who take it. Pages of one reader's are never packed: they hold a token beside what a
/// request says, and their length would tell of both (BREACH).
/// </summary>
internal static class PackedContent
{
    /// <summary>The name in <c>Content-Encoding</c>.</summary>
    public const string Encoding = "gzip";

    // One packet either way.
    private const int Smallest = 1_000;

    /// <summary>Whether the asker takes gzip and the content is worth it.</summary>
    public static bool IsWanted(HttpRequest request, int length)
    {
        if (length < Smallest || request.Headers.AcceptEncoding.Count == 0)
            return false;
        var asked = request.Headers.AcceptEncoding.ToString();
        return asked.Contains(Encoding, StringComparison.OrdinalIgnoreCase)
            && (!asked.Contains(';', StringComparison.Ordinal) || IsAccepted(request));
    }

    /// <summary>The content, packed.</summary>
    public static byte[] Of(byte[] content)
    {
        using var packed = new MemoryStream(content.Length / 3);
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return packed.ToArray();
    }

    private static bool IsAccepted(HttpRequest request) => request.GetTypedHeaders().AcceptEncoding
        .Any(encoding => encoding.Value.Equals(Encoding, StringComparison.OrdinalIgnoreCase) && encoding.Quality is not 0);
}
