using System.Collections.Concurrent;
using DigestService.Mails.Languages;
using DigestService.Platform;

namespace DigestService.Mails;

/// <summary>All that the digests of one language have in common, rendered and encoded once.</summary>
internal sealed class DigestTemplates
{
    private static readonly ConcurrentDictionary<(Language Language, string BaseUrl), DigestTemplates> Rendered = new();

    private DigestTemplates(Language language, SiteOptions site)
    {
        var preferences = site.Link($"/preferences/{WireTemplate.Hole}");
        var unsubscribe = site.Link($"/unsubscribe/{WireTemplate.Hole}");
        var digest = site.Link($"/digests/{WireTemplate.Hole}");

        Head = Html(html => MailShell.OpenHead(html, language));
        Body = Html(html => MailShell.OpenBody(html, MailStyle.DigestSheet));
        Card = Html(html => MailShell.OpenCard(html, MailStyle.CellPadding));
        Close = Html(MailShell.Close);
        FirstEntry = Html(html => html.Write($"""
            <tr><td class="e">

            """));
        NextEntry = Html(html => html.Write($"""
            <tr><td class="n">

            """));
        Title = Html(html => html.Write($"""
            <h3>

            """));
        TitleRightToLeft = Html(html => html.Write($"""
            <h3 dir="rtl">

            """));
        Reasons = Html(html => html.Write($"""
            <p class="w">

            """));
        CloseEntry = Html(html => html.Write($"""
            </td></tr>

            """));
        Foot = Html(html => html.Write($"""
            <tr><td class="p r m" style="{MailStyle.DigestFoot}">

            """));
        Cite = Html(html => html.Write($"""
            <p>{language.Labelled(language.Cite, "")}<a href="{digest}.bib">BibTeX</a> · <a href="{digest}.ris">RIS</a></p>

            """));
        Preferences = Html(html => html.Write($"""
            <p><a href="{preferences}">{language.ChangeTopics}</a> · <a href="{preferences}#pause">{language.Pause}</a> ·

            """));
        Unsubscribe = Html(html => html.Write($"""
            <a href="{unsubscribe}">{language.Unsubscribe}</a> ·

            """));
        Browser = Html(html => html.Write($"""
            <a href="{digest}">{language.ViewInBrowser}</a></p>

            """));

        string[] labels = [language.ChangeTopics, language.Pause, language.Unsubscribe, language.ViewInBrowser];
        var columns = labels.Max(label => PlainTextWriter.Columns(label));
        TextPreferences = Text(text =>
        {
            // Mail programs know what follows two hyphens and a space for a signature, and quote it in no answer.
            text.Blank();
            text.Line("-- ");
            text.Link(language.ChangeTopics, columns, preferences);
            text.Link(language.Pause, columns, preferences + "#pause");
        });
        TextUnsubscribe = Text(text => text.Link(language.Unsubscribe, columns, unsubscribe));
        TextBrowser = Text(text => text.Link(language.ViewInBrowser, columns, digest));
        TextCite = Text(text =>
        {
            text.Link("BibTeX", columns, digest + ".bib");
            text.Link("RIS", columns, digest + ".ris");
        });
        WireTemplate.Join(
            Head, Body, Card, Close, FirstEntry, NextEntry, Title, TitleRightToLeft, Reasons, CloseEntry, Foot, Cite, Preferences, Unsubscribe, Browser,
            TextPreferences, TextUnsubscribe, TextBrowser, TextCite);
    }

    public WireTemplate Head { get; }
    public WireTemplate Body { get; }
    public WireTemplate Card { get; }
    public WireTemplate Close { get; }
    public WireTemplate FirstEntry { get; }
    public WireTemplate NextEntry { get; }
    public WireTemplate Title { get; }
    public WireTemplate TitleRightToLeft { get; }
    public WireTemplate Reasons { get; }
    public WireTemplate CloseEntry { get; }
    public WireTemplate Foot { get; }
    public WireTemplate Cite { get; }
    public WireTemplate Preferences { get; }
    public WireTemplate Unsubscribe { get; }
    public WireTemplate Browser { get; }
    public WireTemplate TextPreferences { get; }
    public WireTemplate TextUnsubscribe { get; }
    public WireTemplate TextBrowser { get; }
    public WireTemplate TextCite { get; }

    /// <summary>The templates of a language; the site's address is the only setting printed on it.</summary>
    public static DigestTemplates Of(Language language, SiteOptions site) =>
        Rendered.GetOrAdd((language, site.Root), static (key, site) => new DigestTemplates(key.Language, site), site);

    private static WireTemplate Html(Action<HtmlWriter> write)
    {
        var html = new HtmlWriter();
        write(html);
        return WireTemplate.EncodeHtml(html.Written);
    }

    private static WireTemplate Text(Action<PlainTextWriter> write)
    {
        var text = new PlainTextWriter();
        write(text);
        return WireTemplate.EncodeText(text.Written);
    }
}
