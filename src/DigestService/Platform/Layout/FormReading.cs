using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace DigestService.Platform.Layout;

/// <summary>Forms from outside, within bounds; what is beyond them, or no form, is answered with 400, 413 or 415 and never stored.</summary>
internal static class FormReading
{
    private const int LongestBody = 256 * 1024;

    private static readonly FormOptions Bounds = BoundsOf(16 * 1024);
    private static readonly FormOptions OneLongText = BoundsOf(LongestBody);

    /// <summary>The form of a request; an empty one when it sent none.</summary>
    /// <exception cref="BadHttpRequestException">It is too large, garbled or no form.</exception>
    public static Task<IFormCollection> ReadBoundedFormAsync(this HttpRequest request, CancellationToken ct) => ReadAsync(request, Bounds, ct);

    /// <summary>The same where one field may take the whole length, so that its page can say in a sentence what is too long.</summary>
    /// <exception cref="BadHttpRequestException">It is too large, garbled or no form.</exception>
    public static Task<IFormCollection> ReadLongFormAsync(this HttpRequest request, CancellationToken ct) => ReadAsync(request, OneLongText, ct);

    private static FormOptions BoundsOf(int longestValue) => new()
    {
        ValueCountLimit = 600,
        KeyLengthLimit = 64,
        ValueLengthLimit = longestValue,
        MultipartBodyLengthLimit = LongestBody,
        BufferBodyLengthLimit = LongestBody,
    };

    private static async Task<IFormCollection> ReadAsync(HttpRequest request, FormOptions bounds, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.ContentType))
            return FormCollection.Empty;
        if (!request.HasFormContentType)
            throw new RefusedRequestException("The body is no form.", StatusCodes.Status415UnsupportedMediaType);
        if (!HasKnownCharset(request))
            throw new RefusedRequestException("The form is in a character set that nobody knows.");
        try
        {
            var form = await AnswerPatience.WhileReadingAsync(request, () => request.ReadFormAsync(bounds, ct));
            // No text of ours holds a NUL and the database takes none.
            if (form.Any(field => field.Key.Contains('\0') || field.Value.Any(value => value?.Contains('\0') == true)))
                throw new RefusedRequestException("The form holds a NUL.");
            return form;
        }
        catch (Exception beyond) when (beyond is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw new RefusedRequestException("The form is larger than this service takes, or ends early.", StatusCodes.Status400BadRequest, beyond);
        }
    }

    private static bool HasKnownCharset(HttpRequest request)
    {
        var charset = request.GetTypedHeaders().ContentType?.Charset.Value?.Trim('"');
        if (string.IsNullOrEmpty(charset))
            return true;
        try
        {
            return Encoding.GetEncoding(charset) is not null;
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>The one value of a field; null where it was not sent.</summary>
    public static string? One(this IFormCollection form, string name) => form.TryGetValue(name, out var values) ? values[^1] : null;

    /// <summary>All values of a field.</summary>
    public static IReadOnlyList<string> All(this IFormCollection form, string name) =>
        form.TryGetValue(name, out var values) ? values.Where(value => value is not null).Select(value => value!).ToList() : [];
}
