using System.Globalization;
using System.Text;
using System.Xml;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using NodaTime;

namespace DigestService.Topics.Pages;

/// <summary><c>/sitemap.xml</c>: the pages that search engines may know of, in the format of sitemaps.org.</summary>
internal static class Sitemap
{
    // The format allows 50,000 addresses in a file.
    private const int MostPapers = 45_000;
    private const string Namespace = "http://www.sitemaps.org/schemas/sitemap/0.9";

    private static readonly string[] Standing = ["/", "/papers", "/topics", "/trending/day", "/trending/week", "/trending/month", "/search", "/manage"];

    /// <summary>Writes it.</summary>
    public static async Task ShowAsync(HttpContext http, SiteOptions site, Archive archive, TopicCatalogue catalogue, CancellationToken ct)
    {
        var topics = await catalogue.ListAsync(ct);
        var papers = await archive.SitemapAsync(MostPapers, ct);
        var content = Map(site, topics, papers);
        await PageCache.AnswerAsync(http, content, "application/xml; charset=utf-8");
    }

    private static byte[] Map(SiteOptions site, IReadOnlyList<Topic> topics, IReadOnlyList<SitemapPaper> papers)
    {
        using var buffer = new MemoryStream();
        using (var xml = XmlWriter.Create(buffer, new XmlWriterSettings { Encoding = new UTF8Encoding(false) }))
        {
            xml.WriteStartElement("urlset", Namespace);
            foreach (var path in Standing.Concat(topics.Select(topic => $"/topics/{topic.Slug}")))
                Write(xml, site.Link(path), null);
            foreach (var day in papers.Select(paper => paper.Day).Distinct())
                Write(xml, site.Link($"/papers/{PageDates.Iso(day)}"), day);
            foreach (var paper in papers)
                Write(xml, site.Link(string.Create(CultureInfo.InvariantCulture, $"/paper/{paper.Id}")), paper.Day);
            xml.WriteEndElement();
        }

        return buffer.ToArray();
    }

    private static void Write(XmlWriter xml, string address, LocalDate? changed)
    {
        xml.WriteStartElement("url", Namespace);
        xml.WriteElementString("loc", Namespace, address);
        if (changed is { } day)
            xml.WriteElementString("lastmod", Namespace, PageDates.Iso(day));
        xml.WriteEndElement();
    }
}
