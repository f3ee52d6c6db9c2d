using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace DigestService.Platform.Layout;

/// <summary>Forms from outside, within bounds; what is beyond them is answered with 400 or 413, never stored.</summary>
internal static class FormReading
{
    private static readonly FormOptions Bounds = new()
    {
        ValueCountLimit = 600,
        KeyLengthLimit = 64,
        ValueLengthLimit = 16 * 1024,
        MultipartBodyLengthLimit = 256 * 1024,
        BufferBodyLengthLimit = 256 * 1024,
    };

    /// <summary>The form of a request; an empty one when it sent none.</summary>
    /// <exception cref="BadHttpRequestException">It is too large or garbled.</exception>
    public static async Task<IFormCollection> ReadBoundedFormAsync(this HttpRequest request, CancellationToken ct)
    {
        if (!request.HasFormContentType)
            return FormCollection.Empty;
        if (!HasKnownCharset(request))
            throw new BadHttpRequestException("The form is in a character set that nobody knows.");
        try
        {
            var form = await request.ReadFormAsync(Bounds, ct);
            // No text of ours holds a NUL and the database takes none.
            if (form.Any(field => field.Key.Contains('\0') || field.Value.Any(value => value?.Contains('\0') == true)))
                throw new BadHttpRequestException("The form holds a NUL.");
            return form;
        }
        catch (Exception beyond) when (beyond is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw new BadHttpRequestException("The form is larger than this service takes, or ends early.", StatusCodes.Status400BadRequest, beyond);
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
