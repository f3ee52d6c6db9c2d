namespace DigestService.Mails;

/// <summary>The HTML part of a digest.</summary>
internal static class DigestHtml
{
    /// <summary>Writes the whole page; without what acts for the reader where it is not personal.</summary>
    public static void Write(ComposeBuffers buffers, DigestMailModel model, bool isPersonal)
    {
        var templates = model.DigestTemplates;
        buffers.Place(templates.Head);
        MailShell.WriteTitle(buffers.Html, model.Subject);
        buffers.Place(templates.Body);
        MailShell.WritePreview(buffers.Html, model.Preview);
        buffers.Place(templates.Card);
        WriteHead(buffers, model);
        WriteGroups(buffers, model, isPersonal);
        SavedPaperNewsBlock.WriteHtml(buffers, model);
        WriteFoot(buffers, model, isPersonal);
        buffers.Place(templates.Close);
    }

    private static void WriteHead(ComposeBuffers buffers, DigestMailModel model)
    {
        buffers.Place(model.Headline);
        var html = buffers.Html;
        if (model.Outline.Summary.Length > 0)
            html.Write($"""
                <p class="m" style="{MailStyle.Lead}">{model.Outline.Summary}</p>

                """);
        foreach (var note in model.Notes)
            html.Write($"""
                <p class="b" style="{MailStyle.Note}">{note}</p>

                """);
        html.Write($"""
            </td></tr>

            """);
    }

    private static void WriteGroups(ComposeBuffers buffers, DigestMailModel model, bool isPersonal)
    {
        var (groups, index) = (0, 0);
        foreach (var group in model.Outline.Groups)
        {
            if (!model.Items[index].IsInHtml)
                break;
            buffers.Place(model.GroupHeadings[groups++]);
            for (var inGroup = 0; inGroup < group.Entries.Count; inGroup++)
            {
                if (model.Items[index++] is { IsInHtml: true } item)
                    WriteItem(buffers, model, item, isFirst: inGroup == 0, isPersonal);
            }
        }

        if (model.Items.Count(item => !item.IsInHtml) is > 0 and var leftOut)
            buffers.Html.Write($"""
                <tr><td class="n"><p style="{MailStyle.Paragraph}"><a href="{model.Site.Link($"/digests/{model.DigestToken}")}" style="{MailStyle.Link}">{model.Language.LeftOut(leftOut)}</a></p></td></tr>

                """);
    }

    private static void WriteItem(ComposeBuffers buffers, DigestMailModel model, DigestMailItem item, bool isFirst, bool isPersonal)
    {
        buffers.Place(isFirst ? model.DigestTemplates.FirstEntry : model.DigestTemplates.NextEntry);
        buffers.Place(item.Fragment.IsTitleRightToLeft ? model.DigestTemplates.TitleRightToLeft : model.DigestTemplates.Title);
        buffers.PlaceBehind(DigestText.Margin(item.Number), item.Extent switch
        {
            PaperExtent.Whole => item.Fragment.HtmlTop,
            PaperExtent.Short => item.Fragment.HtmlShortTop,
            _ => item.Fragment.HtmlBriefTop,
        });
        if (item.Reasons is { } reasons)
        {
            buffers.Place(model.DigestTemplates.Reasons);
            buffers.Place(reasons);
        }

        if (item.Extent < PaperExtent.Brief)
        {
            buffers.Place(item.Fragment.HtmlLinks);
            if (isPersonal)
                buffers.Place(item.Fragment.HtmlActions, model.FeedbackToken);
        }

        buffers.Place(model.DigestTemplates.CloseEntry);
    }

    private static void WriteFoot(ComposeBuffers buffers, DigestMailModel model, bool isPersonal)
    {
        buffers.Place(model.DigestTemplates.Foot);
        if (model.Outline.Groups.Count > 0)
            buffers.Place(model.DigestTemplates.Cite, model.DigestToken);
        if (isPersonal)
        {
            buffers.Place(model.DigestTemplates.Preferences, model.Links.PreferencesToken);
            buffers.Place(model.DigestTemplates.Unsubscribe, model.Links.UnsubscribeToken);
            buffers.Place(model.DigestTemplates.Browser, model.DigestToken);
            if (model.AnswerHint is { } hint)
                buffers.Place(hint);
            buffers.Html.Write($"""
                <p>{model.WhyThis}</p>

                """);
        }

        if (model.Sender is { } sender)
            buffers.Place(sender);
        buffers.Place(model.DigestTemplates.CloseEntry);
    }
}
