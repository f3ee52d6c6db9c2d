using NodaTime;
using NodaTime.Text;

namespace DigestService.Papers.Pages;

/// <summary>Days as URLs write them.</summary>
internal static class PageDates
{
    /// <summary><c>2026-02-27</c>.</summary>
    public static string Iso(LocalDate day) => LocalDatePattern.Iso.Format(day);

    /// <summary>Reads <c>2026-02-27</c>; null for anything else, and for a day that no paper and no pause can have.</summary>
    public static LocalDate? Parse(string? text) =>
        LocalDatePattern.Iso.Parse(text ?? "") is { Success: true, Value: { Year: >= 1800 and < 3000 } day } ? day : null;
}
