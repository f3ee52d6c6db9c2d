namespace DigestService.Digests.Mail;

/// <summary>The HTML part of a digest.</summary>
internal static class DigestHtml
{
    /// <summary>Writes the whole page; without what acts for the reader where it is not personal.</summary>
    public static void Write(DigestDesk desk, DigestSheet sheet, bool isPersonal)
    {
        var stationery = sheet.Stationery;
        desk.Place(stationery.Head);
        MailShell.WriteTitle(desk.Html, sheet.Subject);
        desk.Place(stationery.Body);
        MailShell.WritePreview(desk.Html, sheet.Outline.Summary.Length > 0 ? sheet.Outline.Summary : sheet.Language.QuietDay);
        desk.Place(stationery.Card);
        WriteHead(desk.Html, sheet);
        WriteGroups(desk, sheet, isPersonal);
        WriteFoot(desk, sheet, isPersonal);
        desk.Place(stationery.Close);
    }

    private static void WriteHead(HtmlWriter html, DigestSheet sheet)
    {
        html.Write($"""
            <tr><td class="p" style="{MailStyle.Head}">
            <p class="k" style="{MailStyle.Brand}">{sheet.Site.Name}</p>
            <h1 class="t" style="{MailStyle.H1}">{sheet.Heading}</h1>

            """);
        if (sheet.Outline.Summary.Length > 0)
            html.Write($"""
                <p class="m" style="{MailStyle.Lead}">{sheet.Outline.Summary}</p>

                """);
        foreach (var note in sheet.Notes)
            html.Write($"""
                <p class="b" style="{MailStyle.Note}">{note}</p>

                """);
        html.Write($"""
            </td></tr>

            """);
    }

    private static void WriteGroups(DigestDesk desk, DigestSheet sheet, bool isPersonal)
    {
        var index = 0;
        foreach (var group in sheet.Outline.Groups)
        {
            if (sheet.Items[index].IsLeftOut)
                break;
            desk.Html.Write($"""
                <tr><td class="p r" style="{MailStyle.Section}">
                <h2 class="k" style="{MailStyle.H2}">{group.Heading}</h2>
                </td></tr>

                """);
            for (var inGroup = 0; inGroup < group.Entries.Count; inGroup++)
            {
                if (sheet.Items[index++] is { IsLeftOut: false } item)
                    WriteItem(desk, sheet, item, isFirst: inGroup == 0, isPersonal);
            }
        }

        if (sheet.Items.Count(item => item.IsLeftOut) is > 0 and var leftOut)
            desk.Html.Write($"""
                <tr><td class="p r" style="{MailStyle.Next}"><p class="l" style="{MailStyle.Paragraph}"><a href="{sheet.Site.Link($"/digests/{sheet.DigestToken}")}" style="{MailStyle.Link}">{sheet.Language.LeftOut(leftOut)}</a></p></td></tr>

                """);
    }

    private static void WriteItem(DigestDesk desk, DigestSheet sheet, DigestSheetItem item, bool isFirst, bool isPersonal)
    {
        desk.Place(isFirst ? sheet.Stationery.FirstEntry : sheet.Stationery.NextEntry);
        desk.Place(item.IsBrief ? item.Fragment.HtmlBriefTop : item.Fragment.HtmlTop);
        if (item.Reasons.Length > 0)
        {
            desk.Place(sheet.Stationery.Reasons);
            desk.Html.Write($"""
                {sheet.Language.Labelled(sheet.Language.Why, item.Reasons)}</p>

                """);
        }

        if (!item.IsBrief)
        {
            desk.Place(item.Fragment.HtmlLinks);
            if (isPersonal)
                desk.Place(item.Fragment.HtmlActions, item.Token);
        }

        desk.Place(sheet.Stationery.CloseEntry);
    }

    private static void WriteFoot(DigestDesk desk, DigestSheet sheet, bool isPersonal)
    {
        desk.Place(sheet.Stationery.Foot);
        if (sheet.Outline.Groups.Count > 0)
            desk.Place(sheet.Stationery.Cite, sheet.DigestToken);
        if (isPersonal)
        {
            desk.Place(sheet.Stationery.Preferences, sheet.Links.PreferencesToken);
            desk.Place(sheet.Stationery.Unsubscribe, sheet.Links.UnsubscribeToken);
            desk.Place(sheet.Stationery.Browser, sheet.DigestToken);
            desk.Html.Write($"""
                <p style="{MailStyle.FootLine}">{sheet.WhyThis}</p>

                """);
        }

        if (sheet.Sender is { } sender)
            desk.Html.Write($"""
                <p style="{MailStyle.Paragraph}">{sender}</p>

                """);
        desk.Place(sheet.Stationery.CloseEntry);
    }
}
