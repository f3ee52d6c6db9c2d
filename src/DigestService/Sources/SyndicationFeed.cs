using System.Net;
using System.Text;
using System.Text.Json;
using DigestService.Papers;

namespace DigestService.Sources;

/// <summary>Any list of papers in RSS, RDF, Atom or JSON Feed, so that a journal or a lab joins by configuration alone.</summary>
internal static class SyndicationFeed
{
    /// <summary>The name of its papers' source where no configured feed gives one.</summary>
    public const string DefaultSource = "feed";

    /// <summary>The feed's papers.</summary>
    public static IEnumerable<PaperDraft> ReadXml(Stream stream, SourceDocument document)
    {
        using var xml = new XmlRecords(stream);
        var position = 0;
        foreach (var item in xml.Read(name => name is "item" or "entry"))
        {
            var raw = item.Name == "entry" ? ReadEntry(item) : ReadItem(item);
            raw.Line = item.Line;
            raw.Position = ++position;
            raw.ListedOn = raw.PublishedAt?.InUtc().Date;
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
            feed = JsonDocument.Parse(JsonDocuments.ReadAll(stream, document));
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
                var raw = ReadJsonItem(item);
                raw.Position = ++position;
                if (raw.TryBuild(DefaultSource, document, out var reason) is { } draft)
                    yield return draft;
                else
                    document.Reject(1, $"Item {position}: {reason}");
            }
        }
    }

    /// <summary>What of HTML is text: tags become spaces, scripts and styles go, character references are resolved.</summary>
    public static string PlainText(string html)
    {
        if (!html.Contains('<', StringComparison.Ordinal) && !html.Contains('&', StringComparison.Ordinal))
            return html;
        var text = new StringBuilder(html.Length);
        var at = 0;
        while (at < html.Length)
        {
            var open = html.IndexOf('<', at);
            // "p < 0.05" is no tag.
            if (open < 0 || open + 1 == html.Length)
            {
                text.Append(html.AsSpan(at));
                break;
            }

            text.Append(html.AsSpan(at, open - at));
            if (!char.IsAsciiLetter(html[open + 1]) && html[open + 1] is not ('/' or '!' or '?'))
            {
                text.Append('<');
                at = open + 1;
                continue;
            }

            var close = html.IndexOf('>', open);
            if (close < 0)
                break;
            at = close + 1;
            if (!IsInline(html.AsSpan(open + 1, close - open - 1)))
                text.Append(' ');
            foreach (var hidden in new[] { "script", "style" })
            {
                if (html.AsSpan(open + 1).StartsWith(hidden, StringComparison.OrdinalIgnoreCase))
                    at = html.IndexOf($"</{hidden}", at, StringComparison.OrdinalIgnoreCase) is >= 0 and var end ? end : html.Length;
            }
        }

        return WebUtility.HtmlDecode(text.ToString());
    }

    private static bool IsInline(ReadOnlySpan<char> tag)
    {
        var name = tag.TrimStart('/');
        var end = name.IndexOfAny(' ', '/', '\n');
        return (end < 0 ? name : name[..end]) is "i" or "b" or "em" or "strong" or "sub" or "sup" or "span" or "a" or "tt" or "code";
    }

    private static RawPaper ReadItem(XmlRecord item)
    {
        var raw = new RawPaper
        {
            Title = Plain(item.TextOf("title")),
            Abstract = Plain(item.TextOf("encoded") ?? item.TextOf("description")),
            Url = item.TextOf("link") ?? item.Attribute("about"),
            Doi = DoiAmong(item.TextOf("doi"), item.TextOf("identifier"), item.TextOf("guid"), item.TextOf("link")),
            PublishedAt = Moments.TryParse(item.TextOf("pubDate")) ?? Moments.TryParse(item.TextOf("date")) ?? Moments.TryParse(item.TextOf("publicationDate")),
        };
        var creators = item.All("creator").Select(creator => Plain(creator.Text) ?? "").ToList();
        raw.Authors.AddRange(creators.Count == 1 ? SplitCreators(creators[0]) : creators);
        raw.Categories.AddRange(item.All("category").Concat(item.All("subject")).Select(category => category.Text.Trim()));
        return raw;
    }

    private static RawPaper ReadEntry(XmlRecord entry)
    {
        var links = entry.All("link").ToList();
        var page = links.Find(link => link.Attribute("rel") is null or "alternate")?.Attribute("href");
        var raw = new RawPaper
        {
            Title = Plain(entry.TextOf("title")),
            Abstract = Plain(entry.TextOf("summary") ?? entry.TextOf("content")),
            Url = page ?? entry.TextOf("id"),
            PdfUrl = links.Find(link => link.Attribute("type") == "application/pdf")?.Attribute("href"),
            Doi = DoiAmong(entry.TextOf("doi"), entry.TextOf("id"), page),
            PublishedAt = Moments.TryParse(entry.TextOf("published")) ?? Moments.TryParse(entry.TextOf("updated")),
            UpdatedAt = Moments.TryParse(entry.TextOf("updated")),
        };
        raw.Authors.AddRange(entry.All("author").Select(author => author.TextOf("name")).OfType<string>());
        raw.Categories.AddRange(entry.All("category").Select(category => category.Attribute("term")).OfType<string>());
        return raw;
    }

    private static RawPaper ReadJsonItem(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object)
            return new RawPaper();
        var url = Text(item, "url") ?? Text(item, "external_url") ?? Text(item, "id");
        var raw = new RawPaper
        {
            Title = Plain(Text(item, "title")),
            Abstract = Text(item, "content_text") ?? Plain(Text(item, "content_html")) ?? Text(item, "summary"),
            Url = url,
            Doi = DoiAmong(Text(item, "id"), url),
            PublishedAt = Moments.TryParse(Text(item, "date_published")),
            UpdatedAt = Moments.TryParse(Text(item, "date_modified")),
        };
        raw.ListedOn = raw.PublishedAt?.InUtc().Date;
        foreach (var author in Elements(item, "authors"))
        {
            if (author.ValueKind == JsonValueKind.Object && Text(author, "name") is { } name)
                raw.Authors.Add(name);
        }

        raw.Categories.AddRange(Elements(item, "tags").Where(tag => tag.ValueKind == JsonValueKind.String).Select(tag => tag.GetString() ?? ""));
        return raw;
    }

    private static IEnumerable<JsonElement> Elements(JsonElement item, string name) =>
        item.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array ? array.EnumerateArray() : [];

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? Plain(string? html) => html is null ? null : PlainText(html);

    // "One, A., Two, B." lists family names first; "Ann One, Bob Two" does not.
    private static IEnumerable<string> SplitCreators(string creators)
    {
        if (creators.Contains(';', StringComparison.Ordinal))
            return creators.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var parts = creators.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var isFamilyFirst = parts.Length > 1 && parts.Length % 2 == 0 && parts.Where((_, i) => i % 2 == 1).All(part => part.EndsWith('.') || part.Length <= 3);
        return isFamilyFirst ? parts.Chunk(2).Select(pair => $"{pair[1]} {pair[0]}") : parts;
    }

    private static string? DoiAmong(params string?[] candidates) => Array.Find(candidates, candidate => Papers.Doi.TryParse(candidate, out _));
}
