using NodaTime;
using NodaTime.Text;

namespace DigestService.Papers.Pages;

/// <summary>Days as pages write them, and as URLs do.</summary>
internal static class PageDates
{
    private static readonly LocalDatePattern LongPattern = LocalDatePattern.CreateWithInvariantCulture("dddd, d MMMM uuuu");
    private static readonly LocalDatePattern ShortPattern = LocalDatePattern.CreateWithInvariantCulture("d MMM uuuu");

    /// <summary><c>Friday, 27 February 2026</c>.</summary>
    public static string Long(LocalDate day) => LongPattern.Format(day);

    /// <summary><c>27 Feb 2026</c>.</summary>
    public static string Short(LocalDate day) => ShortPattern.Format(day);

    /// <summary><c>2026-02-27</c>.</summary>
    public static string Iso(LocalDate day) => LocalDatePattern.Iso.Format(day);

    /// <summary>Reads <c>2026-02-27</c>; null for anything else, and for a day that no paper and no pause can have.</summary>
    public static LocalDate? Parse(string? text) =>
        LocalDatePattern.Iso.Parse(text ?? "") is { Success: true, Value: { Year: >= 1800 and < 3000 } day } ? day : null;
}
