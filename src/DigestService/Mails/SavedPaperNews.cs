using System.Globalization;
using DigestService.Mails.Languages;
using DigestService.Papers.Pages;
using DigestService.Platform;

namespace DigestService.Mails;

/// <summary>What there is to tell a reader of a paper that they saved: that it has code now, or a new version, or both.</summary>
internal sealed record SavedPaperNews
{
    /// <summary>Row id.</summary>
    public required long PaperId { get; init; }

    /// <summary>Title; never empty.</summary>
    public required string Title { get; init; }

    /// <summary>Its code.</summary>
    public string? CodeUrl { get; init; }

    /// <summary>Whether it has come by its code.</summary>
    public required bool HasCode { get; init; }

    /// <summary>Whether it has a new version.</summary>
    public required bool HasNewVersion { get; init; }

    /// <summary>The news in words.</summary>
    public IEnumerable<string> InWords(Language language)
    {
        if (HasCode)
            yield return language.HasCodeNow;
        if (HasNewVersion)
            yield return language.HasNewVersion;
    }
}

/// <summary>The news of saved papers as the two parts of a digest tell them, below its papers.</summary>
internal static class SavedPaperNewsBlock
{
    private const int MostTold = 5;

    // A letter beyond ASCII takes eight octets of HTML, and a mail has little room beside its papers.
    private const int LongestTitle = 120;
    private const int LongestAddress = 400;

    /// <summary>The block in HTML; nothing where there are no news.</summary>
    public static void WriteHtml(ComposeBuffers buffers, DigestMailModel model)
    {
        if (model.SavedNewsHeading is not { } heading)
            return;
        buffers.Place(heading);
        buffers.Place(model.DigestTemplates.FirstEntry);
        var html = buffers.Html;
        foreach (var news in Told(model))
        {
            var title = TitleOf(news);
            html.Write($"""
                <p class="l"{PaperFragment.Attributes(title, model.Language, TextLetters.LanguageOf(title))}><a href="{PageOf(news, model.Site)}">{title}</a></p>
                <p class="d">
                """);
            if (news.HasCode && CodeOf(news) is { } code)
                html.Write($"""<a href="{code}">{model.Language.HasCodeNow}</a>""");
            else if (news.HasCode)
                html.Write($"{model.Language.HasCodeNow}");
            html.Write($"""
                {(news is { HasCode: true, HasNewVersion: true } ? " · " : "")}{(news.HasNewVersion ? model.Language.HasNewVersion : "")}</p>

                """);
        }

        if (Untold(model) is > 0 and var more)
            html.Write($"""
                <p>{model.Language.AndMoreNews(more)}</p>

                """);
        buffers.Place(model.DigestTemplates.CloseEntry);
    }

    /// <summary>The block in plain text.</summary>
    public static void WriteText(ComposeBuffers buffers, DigestMailModel model)
    {
        if (model.SavedNewsHeading is not { } heading)
            return;
        buffers.PlaceText(heading);
        var text = buffers.Text;
        foreach (var news in Told(model))
        {
            text.Wrap(TitleOf(news));
            text.Line(PageOf(news, model.Site));
            if (news.HasCode)
                text.Line(CodeOf(news) is { } code ? model.Language.Labelled(model.Language.HasCodeNow, code) : model.Language.HasCodeNow);
            if (news.HasNewVersion)
                text.Line(model.Language.HasNewVersion);
            text.Blank();
        }

        if (Untold(model) is > 0 and var more)
        {
            text.Wrap(model.Language.AndMoreNews(more));
            text.Blank();
        }
    }

    private static IEnumerable<SavedPaperNews> Told(DigestMailModel model) => model.Content.SavedNews.Take(MostTold);

    private static int Untold(DigestMailModel model) => model.Content.SavedNews.Count - MostTold;

    private static string? CodeOf(SavedPaperNews news) => CleanText.WebAddress(news.CodeUrl) is { Length: <= LongestAddress } address ? address : null;

    private static string TitleOf(SavedPaperNews news) => CleanText.Shorten(CleanText.Line(news.Title), LongestTitle);

    private static string PageOf(SavedPaperNews news, SiteOptions site) =>
        site.Link(string.Create(CultureInfo.InvariantCulture, $"/paper/{news.PaperId}"));
}
