using System.Text;
using System.Text.Json;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using DigestService.Mails.Gallery;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Mails;

/// <summary>What the mails are made of, held against what mail programs can show.</summary>
public sealed class MailLintTests
{
    private const double Enough = 0.9;
    private static readonly IReadOnlyList<GalleryMail> Mails = [.. new MailTestBed().Gallery.Mails()];

    // Used although fewer than nine in ten of the big clients know it: what happens in the others.
    private static readonly Dictionary<string, string> Fallbacks = new(StringComparer.Ordinal)
    {
        ["html-doctype"] = "where it is dropped the client sets its own; tables and inline styles do not depend on it",
        ["html-body"] = "becomes a div; the ground colour stands on the outer table too",
        ["html-style"] = "without it a mail is light, has wider margins on a phone, and a digest's papers keep the client's own look of headings, paragraphs and links, their cells the padding of an attribute; what stands once is inline",
        ["html-role"] = "a layout table without it is read as a table, in the right order",
        ["html-meta-color-scheme"] = "without it a client may invert colours by itself; contrast holds either way",
        ["css-color-scheme"] = "as the meta element",
        ["css-at-media"] = "wider margins on a phone; nothing overflows",
        ["css-at-media-prefers-color-scheme"] = "the light colours are inline",
        ["css-important"] = "only within the media queries, which fall back as they do",
        ["css-selector-class"] = "only within the style model, which falls back as it does",
        ["css-selector-type"] = "only within the style model, which falls back as it does",
        ["css-selector-descendant"] = "only within the style model, which falls back as it does",
        ["css-selector-grouping"] = "only within the style model, which falls back as it does",
        ["css-display-none"] = "the preview line shows as one more line of true text",
        ["css-max-height"] = "belongs to the preview line",
        ["css-overflow"] = "belongs to the preview line",
        ["css-display"] = "a button loses its padding and stays a link on green",
        ["css-border-radius"] = "a button has square corners",
        ["css-margin"] = "auto and negative margins are what is missing; none is used",
        ["css-font-size"] = "relative and exotic units are what is missing; px is used",
        ["css-font-weight"] = "numeric weights are what is missing; bold is used",
        ["css-text-decoration"] = "only none and underline are used; a title may be underlined",
        ["css-text-align"] = "logical values are what is missing; left is used",
        ["css-word-break"] = "a word longer than the window makes that one mail scroll sideways",
        ["html-anchor-links"] = "the fragment leads to a place on a page of ours, not in the mail",
    };

    [Fact]
    public void What_less_than_nine_in_ten_big_clients_know_has_a_listed_fallback()
    {
        var features = Features.Load();
        var used = Mails.SelectMany(mail => Used(Parse(mail))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();

        var unknown = used.Where(feature => !features.Knows(feature) && !Universal.Contains(feature)).ToList();
        var poor = used.Where(feature => features.Knows(feature) && features.Support(feature) < Enough).ToList();

        unknown.ShouldBeEmpty();
        poor.Where(feature => !Fallbacks.ContainsKey(feature)).ShouldBeEmpty();
        Fallbacks.Keys.Where(feature => !poor.Contains(feature)).ShouldBeEmpty("a fallback for what nobody uses, or everybody knows");
    }

    [Fact]
    public void No_mail_holds_remote_content_a_script_or_a_form()
    {
        foreach (var mail in Mails)
        {
            var page = Parse(mail);

            page.QuerySelectorAll("img, script, link, iframe, object, embed, form, input, video, audio, svg, base").ShouldBeEmpty(mail.Name);
            page.QuerySelectorAll("[src], [background], [srcset], [poster]").ShouldBeEmpty(mail.Name);
            page.All.SelectMany(element => element.Attributes).Where(attribute => attribute.Name.StartsWith("on", StringComparison.Ordinal)).ShouldBeEmpty(mail.Name);
            mail.Mail.Html.ShouldNotContain("url(");
            mail.Mail.Html.ShouldNotContain("@import");
            page.QuerySelectorAll("a").Select(link => link.GetAttribute("href")).ShouldAllBe(href => href!.StartsWith("https://", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_mail_names_its_language_and_has_one_headline_and_headings_in_order()
    {
        foreach (var mail in Mails)
        {
            var page = Parse(mail);
            var levels = page.QuerySelectorAll("h1, h2, h3, h4").Select(heading => heading.LocalName[1] - '0').ToList();

            page.DocumentElement.GetAttribute("lang").ShouldNotBeNullOrEmpty(mail.Name);
            levels.Count(level => level == 1).ShouldBe(1, mail.Name);
            levels.Zip(levels.Skip(1)).ShouldAllBe(pair => pair.Second <= pair.First + 1);
            page.QuerySelectorAll("table").ShouldAllBe(table => table.GetAttribute("role") == "presentation");
        }
    }

    [Fact]
    public void No_mail_is_bigger_than_mail_programs_show()
    {
        foreach (var mail in Mails)
            Encoding.UTF8.GetByteCount(mail.Mail.Html).ShouldBeLessThanOrEqualTo(100_000, mail.Name);
    }

    [Fact]
    public void The_text_part_keeps_to_72_columns_but_for_links()
    {
        foreach (var mail in Mails)
        {
            foreach (var line in mail.Mail.Text.Split('\n').Where(line => !line.Contains("://", StringComparison.Ordinal)))
                DigestService.Mails.PlainTextWriter.Columns(line).ShouldBeLessThanOrEqualTo(72, $"{mail.Name}: {line}");
        }
    }

    // Elements and properties that every client knows and the tables therefore do not list one by one.
    private static readonly HashSet<string> Universal = ["html-html", "html-head", "html-meta", "html-title", "html-tr", "html-td", "html-tbody", "html-a", "css-color"];

    private static IDocument Parse(GalleryMail mail) => new HtmlParser().ParseDocument(mail.Mail.Html);

    private static IEnumerable<string> Used(IDocument page)
    {
        yield return "html-doctype";
        yield return "html-comments";
        foreach (var element in page.All)
        {
            yield return element.LocalName switch
            {
                "h1" or "h2" or "h3" => "html-h1-h6",
                var name => $"html-{name}",
            };
            if (element is { LocalName: "meta" } && element.GetAttribute("name") == "color-scheme")
                yield return "html-meta-color-scheme";
            if (element.GetAttribute("href")?.Contains('#', StringComparison.Ordinal) == true)
                yield return "html-anchor-links";
            foreach (var attribute in element.Attributes.Where(attribute => !PlainAttributes.Contains(attribute.Name)))
                yield return $"html-{attribute.Name}";
            foreach (var property in Properties(element.GetAttribute("style") ?? ""))
                yield return property;
        }

        var model = page.QuerySelector("style")!.TextContent; // The shell writes one in every mail.
        yield return "css-at-media";
        if (model.Contains("prefers-color-scheme", StringComparison.Ordinal))
            yield return "css-at-media-prefers-color-scheme";
        yield return "css-selector-class";
        yield return "css-selector-descendant";
        yield return "css-selector-type";
        yield return "css-selector-grouping";
        if (model.Contains("!important", StringComparison.Ordinal))
            yield return "css-important";
        foreach (var block in model.Split('{').Skip(1))
            foreach (var property in Properties(block.Split('}')[0].Replace("!important", "", StringComparison.Ordinal)))
                yield return property;
    }

    private static readonly HashSet<string> PlainAttributes = ["style", "class", "href", "charset", "name", "content"];

    private static IEnumerable<string> Properties(string style)
    {
        foreach (var declaration in style.Split(';', StringSplitOptions.RemoveEmptyEntries).Where(part => part.Contains(':', StringComparison.Ordinal)))
        {
            var name = declaration.Split(':')[0].Trim();
            var value = declaration.Split(':')[1].Trim();
            if (name.StartsWith('.'))
                continue;
            yield return name switch
            {
                "font-family" => "css-font",
                "display" when value == "none" => "css-display-none",
                _ when name.StartsWith("padding-", StringComparison.Ordinal) => "css-padding",
                _ when name.StartsWith("margin-", StringComparison.Ordinal) => "css-margin",
                "border-radius" => "css-border-radius",
                _ when name.StartsWith("border", StringComparison.Ordinal) => "css-border",
                _ => $"css-{name}",
            };
        }
    }

    /// <summary>The support tables of the clients most people read mail in.</summary>
    private sealed class Features(Dictionary<string, JsonElement> tables)
    {
        private static readonly string[] BigClients = ["gmail", "outlook", "apple-mail", "yahoo", "thunderbird"];

        public static Features Load()
        {
            using var stream = File.OpenRead(SharedData.Require("data/caniemail/features.json"));
            using var json = JsonDocument.Parse(stream);
            return new Features(json.RootElement.EnumerateObject().ToDictionary(feature => feature.Name, feature => feature.Value.Clone(), StringComparer.Ordinal));
        }

        public bool Knows(string feature) => tables.ContainsKey(feature);

        /// <summary>The share of client and platform pairs that support a feature in their latest version; half a point for partly.</summary>
        public double Support(string feature)
        {
            var latest = tables[feature].GetProperty("stats").EnumerateObject()
                .Where(client => BigClients.Contains(client.Name.Split('/')[0], StringComparer.Ordinal))
                .Select(client => client.Value.EnumerateArray().Last()[1].GetString()![0]) // Every entry is a version and a verdict.
                .Where(verdict => verdict != 'u')
                .ToList();
            return latest.Average(verdict => verdict switch { 'y' => 1, 'a' => 0.5, _ => 0.0 });
        }
    }
}
