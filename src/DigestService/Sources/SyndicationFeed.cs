using System.Text.Json;
using DigestService.Papers;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Sources;

/// <summary>Any list of papers in RSS, RDF, Atom or JSON Feed, so that a journal or a lab joins by configuration alone.</summary>
internal static class SyndicationFeed
{
    /// <summary>The name of its papers' source where no configured feed gives one.</summary>
    public const string DefaultSource = "feed";

    // Whole articles are no abstracts.
    private const int MaxAbstract = 20_000;

    /// <summary>The feed's papers.</summary>
    public static IEnumerable<PaperDraft> ReadXml(Stream stream, SourceDocument document)
    {
        var xml = new XmlRecords(stream, document);
        var position = 0;
        foreach (var item in xml.Read(name => name is "item" or "entry", ["rss", "RDF", "feed"]))
        {
            var raw = item.Name == "entry" ? ReadEntry(item, Home(item, xml.Header, document)) : ReadItem(item, Home(item, xml.Header, document));
            raw.Line = item.Line;
            raw.Position = ++position;
            raw.ListedOn = Listed(raw, xml.Header, document);
            LeaveOutArticle(raw, document);
            if (raw.TryBuild(DefaultSource, document, out var reason) is { } draft)
                yield return draft;
            else
                document.Reject(item.Line, reason);
        }
    }

    /// <summary>The papers of a JSON Feed.</summary>
    public static IEnumerable<PaperDraft> ReadJson(Stream stream, SourceDocument document)
    {
        JsonDocument feed;
        try
        {
            feed = ForeignJson.Parse(JsonDocuments.ReadAll(stream));
        }
        catch (JsonException broken)
        {
            throw new UnreadableDocumentException((int)(broken.LineNumber ?? 0) + 1, "The JSON is broken or cut off here.", broken);
        }

        using (feed)
        {
            if (feed.RootElement.ValueKind != JsonValueKind.Object || !feed.RootElement.TryGetProperty("items", out var items) || items.ValueKind != JsonValueKind.Array)
                throw new UnreadableDocumentException(1, "The JSON is no feed: it has no items.");
            var position = 0;
            foreach (var item in items.EnumerateArray())
            {
                var raw = ReadJsonItem(item, document.Address);
                raw.Position = ++position;
                raw.ListedOn = Listed(raw, header: null, document);
                LeaveOutArticle(raw, document);
                if (raw.TryBuild(DefaultSource, document, out var reason) is { } draft)
                    yield return draft;
                else
                    document.Reject(1, $"Item {position}: {reason}");
            }
        }
    }

    // The day an entry says, though never one to come; else the feed's own; else the document's.
    private static LocalDate? Listed(RawPaper raw, XmlRecord? header, SourceDocument document)
    {
        var today = document.Now.InUtc().Date;
        if (raw.PublishedAt is { } published)
            return LocalDate.Min(published.InUtc().Date, today);
        var own = header?.Children.Where(element => element.Name is "pubDate" or "lastBuildDate" or "updated" or "modified" or "date" or "publicationDate")
            .Select(element => Moments.TryParse(element.Text)).FirstOrDefault(moment => moment is not null);
        return own is { } moment ? LocalDate.Min(moment.InUtc().Date, today) : null;
    }

    private static void LeaveOutArticle(RawPaper raw, SourceDocument document)
    {
        if (raw.Abstract?.Length is not > RawPaper.MaxAbstractLength)
            return;
        raw.Abstract = null;
        document.Remark(raw.Line, $"Its text is longer than {RawPaper.MaxAbstractLength} characters, which no abstract is; the paper is kept without it.");
    }

    // What relative links start from: xml:base, the address the feed came from, or the page it says it belongs to.
    private static Uri? Home(XmlRecord item, XmlRecord? header, SourceDocument document) =>
        item.Address ?? document.Address ?? (header?.Children.Select(element => element.Name == "link" ? element.Attribute("href") ?? element.Text.Trim() : null)
            .FirstOrDefault(link => Uri.TryCreate(link, UriKind.Absolute, out _)) is { } link ? new Uri(link) : null);

    private static string? Resolved(string? link, Uri? home)
    {
        if (string.IsNullOrWhiteSpace(link))
            return null;
        var written = link.Trim();
        if (Uri.TryCreate(written, UriKind.Absolute, out var absolute) && absolute.Scheme != Uri.UriSchemeFile)
            return written;
        return home is not null && Uri.TryCreate(home, written, out var resolved) ? resolved.AbsoluteUri : null;
    }

    private static RawPaper ReadItem(XmlRecord item, Uri? home)
    {
        var guid = item.Own("guid").FirstOrDefault();
        var permalink = guid is not null && !string.Equals(guid.Attribute("isPermaLink"), "false", StringComparison.OrdinalIgnoreCase) && IsAddress(guid.Text) ? guid.Text : null;
        var link = item.OwnText("link")
            ?? item.Own("link").Select(element => element.Attribute("href")).FirstOrDefault(href => href is not null)
            ?? permalink
            ?? item.All("link").FirstOrDefault(element => element.IsIn(XmlNames.Atom) && element.Attribute("rel") is null or "alternate")?.Attribute("href")
            ?? item.Attribute("about");
        var raw = new RawPaper
        {
            Title = Plain(item.OwnText("title") ?? item.TextIn(XmlNames.DublinCore, "title")),
            Abstract = Plain(item.TextIn(XmlNames.Content, "encoded") is { Length: < MaxAbstract } full ? full : item.OwnText("description") ?? item.TextIn(XmlNames.DublinCore, "description")),
            Url = Resolved(link, item.Address ?? home),
            Doi = DoiAmong([.. Identifiers(item), guid?.Text.Trim(), link]),
            EntryId = item.OwnText("guid"),
        };
        raw.PublishedAt = raw.DateOf(FirstText(item, "pubDate", "date", "publicationDate", "issued", "published", "created", "updated", "modified"));
        var creators = item.All("creator").Select(creator => Plain(creator.Text) ?? "").Where(creator => creator.Length > 0).ToList();
        if (creators.Count == 0)
            raw.Authors.AddRange((item.Own("author").Any() ? item.Own("author") : item.All("author")).SelectMany(author => AuthorList.OfMailbox(Plain(author.TextOf("name") ?? author.Text))));
        else if (creators.Count == 1)
            raw.Authors.AddRange(AuthorList.Split(creators[0]));
        else
            raw.Authors.AddRange(creators.Select(AuthorList.InReadingOrder));
        raw.Categories.AddRange(item.Own("category").Concat(item.All("subject")).Select(category => category.Text.Trim()));
        return raw;
    }

    private static RawPaper ReadEntry(XmlRecord entry, Uri? home)
    {
        var links = entry.Own("link").ToList();
        var pages = links.Where(link => link.Attribute("rel") is null or "alternate").ToList();
        var page = (pages.Find(link => link.Attribute("type") is null or "text/html") ?? pages.FirstOrDefault())?.Attribute("href");
        var id = entry.OwnText("id");
        var raw = new RawPaper
        {
            Title = OfTextConstruct(entry.Own("title").FirstOrDefault()),
            Abstract = OfTextConstruct(entry.Own("summary").FirstOrDefault() ?? entry.Own("content").FirstOrDefault(content => content.Attribute("src") is null)),
            Url = Resolved(page ?? (IsAddress(id) ? id : null), entry.Address ?? home),
            PdfUrl = Resolved(links.Find(link => link.Attribute("type") == "application/pdf")?.Attribute("href"), entry.Address ?? home),
            Doi = DoiAmong([.. Identifiers(entry), id, page]),
            EntryId = id,
        };
        raw.PublishedAt = raw.DateOf(FirstText(entry, "published", "issued", "created", "updated", "modified", "date"));
        raw.UpdatedAt = Moments.TryParse(entry.OwnText("updated") ?? entry.OwnText("modified"));
        raw.Authors.AddRange(entry.Own("author").SelectMany(author => AuthorList.OfMailbox(author.TextOf("name") ?? (author.HasMarkup ? null : author.Text))));
        if (raw.Authors.Count == 0)
            raw.Authors.AddRange(entry.All("creator").SelectMany(creator => AuthorList.Split(Plain(creator.Text))));
        raw.Categories.AddRange(entry.Own("category").Select(category => category.Attribute("term") ?? category.Attribute("label")).OfType<string>());
        return raw;
    }

    // RFC 4287, section 3.1: text is text, whatever it looks like; HTML is escaped; XHTML is elements. Atom 0.3 says "mode".
    private static string? OfTextConstruct(XmlRecord? construct)
    {
        if (construct?.Text.Trim() is not { Length: > 0 } text)
            return null;
        var type = construct.Attribute("type")?.ToLowerInvariant();
        if (construct.HasMarkup || type is "xhtml" or "application/xhtml+xml")
            return text;
        return type is "html" or "text/html" || construct.Attribute("mode") == "escaped" ? HtmlText.Plain(text) : text;
    }

    private static IEnumerable<string?> Identifiers(XmlRecord item) =>
        item.Children.Where(element => element.Name is "doi" or "DOI" or "identifier").Select(element => element.Text.Trim());

    private static string? FirstText(XmlRecord item, params string[] names) =>
        names.Select(name => item.OwnText(name) ?? item.TextOf(name)).FirstOrDefault(text => text is not null);

    private static bool IsAddress(string? text) => text?.Trim() is { } link && (link.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || link.StartsWith("https://", StringComparison.OrdinalIgnoreCase));

    private static RawPaper ReadJsonItem(JsonElement item, Uri? home)
    {
        if (item.ValueKind != JsonValueKind.Object)
            return new RawPaper();
        var id = Text(item, "id");
        var url = Text(item, "url") ?? Text(item, "external_url") ?? (IsAddress(id) ? id : null);
        var raw = new RawPaper
        {
            Title = Plain(Text(item, "title")),
            Abstract = Text(item, "content_text") ?? Plain(Text(item, "content_html")) ?? Text(item, "summary"),
            Url = Resolved(url, home),
            Doi = DoiAmong(id, url),
            EntryId = id,
            UpdatedAt = Moments.TryParse(Text(item, "date_modified")),
        };
        raw.PublishedAt = raw.DateOf(Text(item, "date_published"));
        // Version 1.0 knew one author.
        var authors = item.TryGetProperty("author", out var only) ? Elements(item, "authors").DefaultIfEmpty(only) : Elements(item, "authors");
        foreach (var author in authors)
        {
            if (author.ValueKind == JsonValueKind.Object && Text(author, "name") is { } name)
                raw.Authors.AddRange(AuthorList.Split(name));
        }

        raw.Categories.AddRange(Elements(item, "tags").Select(Text).OfType<string>());
        return raw;
    }

    private static IEnumerable<JsonElement> Elements(JsonElement item, string name) =>
        item.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array ? array.EnumerateArray() : [];

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) ? Text(value) : null;

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? Plain(string? html) => html is null ? null : HtmlText.Plain(html);

    private static string? DoiAmong(params string?[] candidates) => Array.Find(candidates, candidate => Papers.Doi.TryParse(candidate, out _));
}
