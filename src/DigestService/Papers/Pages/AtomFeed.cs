using System.Globalization;
using System.Text;
using System.Xml;
using DigestService.Platform;
using DigestService.Platform.Layout;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Papers.Pages;

/// <summary>Papers as an Atom feed (RFC 4287). An entry's id is its page here, which stays.</summary>
internal sealed class AtomFeed(SiteOptions site, string title, string page, string self, IReadOnlyList<ArchivePaper> papers) : IResult
{
    private const string Namespace = "http://www.w3.org/2005/Atom";
    private const string ContentType = "application/atom+xml; charset=utf-8";
    // Feed readers ask for the whole each time: long abstracts make it fewer papers, of which the latest stand first.
    private const int MostOctets = 90_000;

    // A paper of three thousand would leave no room for those behind it.
    private const int MostAuthors = 20;

    private static readonly Instant Never = Instant.FromUnixTimeSeconds(0);

    /// <summary>Behind a link of one reader's: no proxy keeps it.</summary>
    public bool IsPrivate { get; init; }

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var content = Write();
        if (!IsPrivate)
        {
            await PageCache.AnswerAsync(httpContext, content, ContentType);
            return;
        }

        httpContext.Response.ContentType = ContentType;
        httpContext.Response.Headers.CacheControl = "no-store";
        httpContext.Response.ContentLength = content.Length;
        await httpContext.Response.Body.WriteAsync(content, httpContext.RequestAborted);
    }

    private byte[] Write()
    {
        using var buffer = new MemoryStream();
        using (var xml = XmlWriter.Create(buffer, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true }))
        {
            xml.WriteStartElement("feed", Namespace);
            Element(xml, "id", site.Link(self));
            Element(xml, "title", title);
            Element(xml, "updated", Text(papers.Count == 0 ? Never : papers.Max(Updated)));
            Link(xml, "self", site.Link(self), "application/atom+xml");
            Link(xml, "alternate", site.Link(page), "text/html");
            foreach (var paper in papers)
            {
                Entry(xml, paper);
                xml.Flush();
                if (buffer.Length > MostOctets)
                    break;
            }

            xml.WriteEndElement();
        }

        return buffer.ToArray();
    }

    private void Entry(XmlWriter xml, ArchivePaper paper)
    {
        var link = site.Link(string.Create(CultureInfo.InvariantCulture, $"/paper/{paper.Id}"));
        xml.WriteStartElement("entry", Namespace);
        Element(xml, "id", link);
        Element(xml, "title", paper.Title);
        Element(xml, "updated", Text(Updated(paper)));
        Link(xml, "alternate", link, "text/html");
        if (paper.Home is { } home)
            Link(xml, "related", home, "text/html");
        IEnumerable<string> authors = paper.Authors.Length > MostAuthors ? [.. paper.Authors.Take(MostAuthors), "et al."] : paper.Authors.DefaultIfEmpty(site.Name);
        foreach (var author in authors)
        {
            xml.WriteStartElement("author", Namespace);
            Element(xml, "name", author);
            xml.WriteEndElement();
        }

        foreach (var category in paper.Categories)
        {
            xml.WriteStartElement("category", Namespace);
            xml.WriteAttributeString("term", Clean(category));
            if (CategoryName.Of(category).Name is { } name)
                xml.WriteAttributeString("label", name);
            xml.WriteEndElement();
        }

        if (paper.Abstract is { } summary)
            Element(xml, "summary", summary);
        xml.WriteEndElement();
    }

    private static Instant Updated(ArchivePaper paper) => paper.FirstListedOn.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant();

    private static string Text(Instant instant) => InstantPattern.General.Format(instant);

    private static void Element(XmlWriter xml, string name, string text) => xml.WriteElementString(name, Namespace, Clean(text));

    private static void Link(XmlWriter xml, string relation, string href, string type)
    {
        xml.WriteStartElement("link", Namespace);
        xml.WriteAttributeString("rel", relation);
        xml.WriteAttributeString("href", Clean(href));
        xml.WriteAttributeString("type", type);
        xml.WriteEndElement();
    }

    // What XML cannot hold at all, such as a form feed from a badly read PDF, must not break the feed for everybody.
    private static string Clean(string text)
    {
        if (text.All(XmlConvert.IsXmlChar))
            return text;
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (XmlConvert.IsXmlChar(text[i]))
                clean.Append(text[i]);
            else if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
                clean.Append(text[i]).Append(text[++i]);
        }

        return clean.ToString();
    }
}
