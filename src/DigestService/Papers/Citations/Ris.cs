using System.Globalization;
using System.Text;

namespace DigestService.Papers.Citations;

/// <summary>Papers as RIS: one record each, in CRLF lines as the format asks for.</summary>
internal static class Ris
{
    /// <summary>The file.</summary>
    public static string Write(IReadOnlyList<CitedPaper> papers)
    {
        var ris = new StringBuilder();
        foreach (var paper in papers)
        {
            Tag(ris, "TY", "GEN");
            Tag(ris, "TI", paper.Title);
            foreach (var name in paper.Authors)
                Tag(ris, "AU", Author(CitationText.Line(name)));
            Tag(ris, "PY", paper.Day.Year.ToString(CultureInfo.InvariantCulture));
            Tag(ris, "DA", string.Create(CultureInfo.InvariantCulture, $"{paper.Day.Year:0000}/{paper.Day.Month:00}/{paper.Day.Day:00}"));
            if (paper.Doi is { } doi)
                Tag(ris, "DO", doi);
            if (paper.ArxivId is { } id)
                Tag(ris, "AN", "arXiv:" + id);
            if (paper.Address is { } address)
                Tag(ris, "UR", address);
            Tag(ris, "ER", "");
        }

        return ris.ToString();
    }

    // Family, given, suffix. A comma in a group's name would make a person of it.
    private static string Author(string written)
    {
        var name = CitedName.Of(written);
        return name.IsLiteral
            ? name.Family.Replace(",", "", StringComparison.Ordinal)
            : string.Join(", ", new[] { name.WholeFamily, name.Given, name.Suffix }.Where(part => part.Length > 0));
    }

    private static void Tag(StringBuilder ris, string tag, string value) =>
        ris.Append(CultureInfo.InvariantCulture, $"{tag}  - {CitationText.Line(value)}\r\n");
}
