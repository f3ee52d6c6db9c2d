using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace DigestService.Papers.Citations;

/// <summary>Papers as CSL-JSON, the array of items that Zotero, Pandoc and citeproc read (schema csl-data 1.0).</summary>
internal static class CslJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>The file.</summary>
    public static string Write(IReadOnlyList<CitedPaper> papers)
    {
        using var octets = new MemoryStream();
        using (var json = new Utf8JsonWriter(octets, Options))
        {
            json.WriteStartArray();
            foreach (var paper in papers)
                Write(json, paper);
            json.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(octets.ToArray());
    }

    private static void Write(Utf8JsonWriter json, CitedPaper paper)
    {
        json.WriteStartObject();
        json.WriteString("id", paper.Id.ToString(CultureInfo.InvariantCulture));
        json.WriteString("type", "article");
        json.WriteString("title", CitationText.Line(paper.Title));
        if (paper.Authors.Length > 0)
        {
            json.WriteStartArray("author");
            foreach (var name in paper.Authors)
                Write(json, CitedName.Of(CitationText.Line(name)));
            json.WriteEndArray();
        }

        json.WriteStartObject("issued");
        json.WriteStartArray("date-parts");
        json.WriteStartArray();
        json.WriteNumberValue(paper.Day.Year);
        json.WriteNumberValue(paper.Day.Month);
        json.WriteNumberValue(paper.Day.Day);
        json.WriteEndArray();
        json.WriteEndArray();
        json.WriteEndObject();
        if (paper.ArxivId is { } id)
        {
            json.WriteString("publisher", "arXiv");
            json.WriteString("number", "arXiv:" + id);
        }

        if (paper.Doi is { } doi)
            json.WriteString("DOI", CitationText.Line(doi));
        if (paper.Address is { } address)
            json.WriteString("URL", address);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, CitedName name)
    {
        json.WriteStartObject();
        if (name.IsLiteral)
        {
            json.WriteString("literal", name.Family);
        }
        else
        {
            json.WriteString("family", name.Family);
            if (name.Given.Length > 0)
                json.WriteString("given", name.Given);
            if (name.Particle.Length > 0)
                json.WriteString("non-dropping-particle", name.Particle);
            if (name.Suffix.Length > 0)
                json.WriteString("suffix", name.Suffix);
        }

        json.WriteEndObject();
    }
}
