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
        try
        {
            return await request.ReadFormAsync(Bounds, ct);
        }
        catch (InvalidDataException beyond)
        {
            throw new BadHttpRequestException("The form is larger than this service takes.", StatusCodes.Status400BadRequest, beyond);
        }
    }

    /// <summary>The one value of a field; null where it was not sent.</summary>
    public static string? One(this IFormCollection form, string name) => form.TryGetValue(name, out var values) ? values[^1] : null;

    /// <summary>All values of a field.</summary>
    public static IReadOnlyList<string> All(this IFormCollection form, string name) =>
        form.TryGetValue(name, out var values) ? values.Where(value => value is not null).Select(value => value!).ToList() : [];
}
