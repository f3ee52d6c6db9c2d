using System.Globalization;
using DigestService.Mails;

namespace DigestService.Admin;

/// <summary>The counts as rows with bars; each picture says in words what it shows.</summary>
internal static class CountsTable
{
    private const int Height = 28;

    /// <summary>Writes 24 hours and 90 days of each count.</summary>
    public static void Write(HtmlWriter html, CountsOverview counts)
    {
        html.Write($"""<table class="counts"><thead><tr><th scope="col">What</th><th scope="col">24 hours</th><th scope="col">By the hour</th><th scope="col">90 days</th><th scope="col">By the day</th></tr></thead><tbody>""");
        foreach (var name in HourlyCounts.Names)
        {
            var isAtATime = HourlyCounts.AtATime.Contains(name);
            html.Write($"""<tr><th scope="row">{name}{(isAtATime ? ", most at a time" : "")}</th><td class="number">{Number(Whole(counts.Hours[name]))}</td><td>""");
            WriteBars(html, counts.Hours[name], width: 6, $"{name} by the hour: {Number(Whole(counts.Hours[name]))} in 24 hours, {Number(counts.Hours[name].Max())} in the busiest");
            html.Write($"""</td><td class="number">{Number(Whole(counts.Days[name]))}</td><td>""");
            WriteBars(html, counts.Days[name], width: 3, $"{name} by the day: {Number(Whole(counts.Days[name]))} in 90 days, {Number(counts.Days[name].Max())} on the busiest");
            html.Write($"</td></tr>");

            long Whole(long[] series) => isAtATime ? series.Max() : series.Sum();
        }

        html.Write($"""</tbody></table><p class="soft">In UTC, counted every five minutes.</p>""");
    }

    // An empty hour has no bar, and the smallest count is seen.
    private static void WriteBars(HtmlWriter html, long[] series, int width, string words)
    {
        var most = Math.Max(1, series.Max());
        html.Write($"""<svg class="bars" width="{series.Length * width}" height="{Height}" viewBox="0 0 {series.Length * width} {Height}" preserveAspectRatio="none" role="img" aria-label="{words}">""");
        foreach (var (place, count) in series.Index())
        {
            if (count == 0)
                continue;
            var height = Math.Max(2, (int)Math.Round((double)Height * count / most));
            html.Write($"""<rect x="{place * width}" y="{Height - height}" width="{width - 1}" height="{height}"/>""");
        }

        html.Write($"</svg>");
    }

    private static string Number(long number) => number.ToString("n0", CultureInfo.InvariantCulture);
}
