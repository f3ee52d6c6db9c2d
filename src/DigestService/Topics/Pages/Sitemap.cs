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
    /// <summary>The format allows so many addresses in a file.</summary>
    internal const int MostAddresses = 50_000;

    private const string Namespace = "http://www.sitemaps.org/schemas/sitemap/0.9";

    private static readonly string[] Standing = ["/", "/papers", "/topics", "/trending/day", "/trending/week", "/trending/month", "/search", "/manage"];

    /// <summary>Writes it.</summary>
    public static async Task ShowAsync(HttpContext http, SiteOptions site, Archive archive, TopicCatalogue catalogue, CancellationToken ct)
    {
        var topics = await catalogue.ListAsync(ct);
        var papers = await archive.SitemapAsync(MostAddresses, ct);
        var content = Map(site, topics, papers);
        await PageCache.AnswerAsync(http, content, "application/xml; charset=utf-8");
    }

    /// <summary>The file: standing pages, topics and days before papers, of which the latest come first.</summary>
    internal static byte[] Map(SiteOptions site, IReadOnlyList<Topic> topics, IReadOnlyList<SitemapPaper> papers)
    {
        var pages = Standing.Concat(topics.Select(topic => $"/topics/{topic.Slug}")).Select(path => (Path: path, Day: (LocalDate?)null))
            .Concat(papers.Select(paper => paper.Day).Distinct().Select(day => ($"/papers/{PageDates.Iso(day)}", (LocalDate?)day)))
            .Concat(papers.Select(paper => (string.Create(CultureInfo.InvariantCulture, $"/paper/{paper.Id}"), (LocalDate?)paper.Day)));
        using var buffer = new MemoryStream();
        using (var xml = XmlWriter.Create(buffer, new XmlWriterSettings { Encoding = new UTF8Encoding(false) }))
        {
            xml.WriteStartElement("urlset", Namespace);
            foreach (var (path, day) in pages.Take(MostAddresses))
                Write(xml, site.Link(path), day);
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
