using System.Globalization;
using System.Text;

namespace DigestService.Benchmarks;

/// <summary>Draws panels side by side, both axes logarithmic: a cost that grows with its size is a line of slope one, dashed beside it.</summary>
internal static class GrowthDrawing
{
    private const int Width = 420;
    private const int Height = 300;
    private const int Left = 74;
    // Half of the widest size reaches beyond the plot.
    private const int LastLabel = 16;
    private const int Top = 40;
    private const int PlotWidth = Width - Left - 24;
    private const int PlotHeight = Height - Top - 52;

    /// <summary>The drawing as SVG, two panels a row.</summary>
    public static string Of(IReadOnlyList<GrowthPanel> panels)
    {
        var rows = (panels.Count + 1) / 2;
        var svg = new StringBuilder(Line(
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * Width + LastLabel} {rows * Height}" font-family="sans-serif" font-size="12" fill="#222">"""));
        svg.Append(Line($"""<rect width="{2 * Width + LastLabel}" height="{rows * Height}" fill="#fff"/>"""));
        for (var i = 0; i < panels.Count; i++)
            AddPanel(svg, panels[i], i % 2 * Width, i / 2 * Height);
        return svg.Append("</svg>\n").ToString();
    }

    private static void AddPanel(StringBuilder svg, GrowthPanel panel, int x, int y)
    {
        var sizes = Axis.Over(panel.Points.Select(p => (double)p.Size));
        var costs = Axis.Over(panel.Points.Select(p => p.Cost));
        svg.Append(Line($"""<g transform="translate({x + Left} {y + Top})">"""));
        svg.Append(Line($"""<text x="0" y="-16" font-size="14" font-weight="bold">{panel.Title}</text>"""));
        foreach (var size in sizes.Decades())
            svg.Append(Line($"""<path d="M{sizes.At(size) * PlotWidth:0.#} 0V{PlotHeight}" stroke="#ddd"/><text x="{sizes.At(size) * PlotWidth:0.#}" y="{PlotHeight + 18}" text-anchor="middle">{size:n0}</text>"""));
        foreach (var cost in costs.Decades())
            svg.Append(Line($"""<path d="M0 {Down(costs, cost):0.#}H{PlotWidth}" stroke="#ddd"/><text x="-8" y="{Down(costs, cost) + 4:0.#}" text-anchor="end">{cost:0.#####} {panel.Unit}</text>"""));
        svg.Append(Line($"""<text x="{PlotWidth / 2}" y="{PlotHeight + 38}" text-anchor="middle">{panel.SizeName}</text>"""));

        var (last, top) = (panel.Points[^1], panel.Points[^1].Cost);
        var first = panel.Points[0].Size;
        svg.Append(Line($"""<clipPath id="c{x}-{y}"><rect width="{PlotWidth}" height="{PlotHeight}"/></clipPath>"""));
        svg.Append(Line($"""<path clip-path="url(#c{x}-{y})" d="M{Place(first, top * first / last.Size)}L{Place(last.Size, top)}" stroke="#999" stroke-dasharray="4 4" fill="none"/>"""));
        svg.Append(Line($"""<path d="M{string.Join('L', panel.Points.Select(p => Place(p.Size, p.Cost)))}" stroke="#1f6f43" stroke-width="2" fill="none"/>"""));
        foreach (var (size, cost) in panel.Points)
            svg.Append(Line($"""<circle cx="{sizes.At(size) * PlotWidth:0.#}" cy="{Down(costs, cost):0.#}" r="3.5" fill="#1f6f43"/>"""));
        svg.Append("</g>\n");

        string Place(double size, double cost) => Line($"{sizes.At(size) * PlotWidth:0.#} {Down(costs, cost):0.#}").TrimEnd();
    }

    private static double Down(Axis costs, double cost) => (1 - costs.At(cost)) * PlotHeight;

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture) + "\n";

    /// <summary>A logarithmic axis over whole decades.</summary>
    private readonly record struct Axis(int Low, int High)
    {
        public static Axis Over(IEnumerable<double> values)
        {
            var logs = values.Select(Math.Log10).ToList();
            var low = (int)Math.Floor(logs.Min());
            return new(low, Math.Max(low + 1, (int)Math.Ceiling(logs.Max())));
        }

        public IEnumerable<double> Decades()
        {
            var low = Low;
            return Enumerable.Range(0, High - Low + 1).Select(i => Math.Pow(10, low + i));
        }

        public double At(double value) => (Math.Log10(value) - Low) / (High - Low);
    }
}
