namespace DigestService.Digests.Mail;

/// <summary>The plain text part of a digest: 72 columns, numbered, its footer a signature.</summary>
internal static class DigestText
{
    /// <summary>Writes the whole part.</summary>
    public static void Write(DigestDesk desk, DigestSheet sheet)
    {
        WriteHead(desk.Text, sheet);
        var number = 0;
        foreach (var group in sheet.Outline.Groups)
        {
            desk.Text.Blank();
            desk.Text.Heading(group.Heading, '-');
            desk.Text.Blank();
            foreach (var _ in group.Entries)
            {
                WriteItem(desk, sheet, sheet.Items[number], number + 1);
                number++;
            }
        }

        WriteFoot(desk, sheet);
    }

    private static void WriteHead(PlainTextWriter text, DigestSheet sheet)
    {
        text.Line(sheet.Site.Name);
        text.Blank();
        text.Heading(sheet.Heading, '=');
        if (sheet.Outline.Summary.Length > 0)
        {
            text.Blank();
            text.Wrap(sheet.Outline.Summary);
        }

        foreach (var note in sheet.Notes)
        {
            text.Blank();
            text.Wrap(note);
        }

        text.Blank();
    }

    private static void WriteItem(DigestDesk desk, DigestSheet sheet, DigestSheetItem item, int number)
    {
        desk.FlushText();
        item.Fragment.TextTop.CopyBehind(
            desk.TextWire, [(byte)(number < 10 ? ' ' : '0' + (number / 10 % 10)), (byte)('0' + (number % 10)), (byte)'.', (byte)' ']);
        if (item.Reasons.Length > 0)
            desk.Text.Wrap(sheet.Language.Labelled(sheet.Language.Why, item.Reasons), "    ", "    ");
        desk.FlushText();
        item.Fragment.TextBottom.CopyTo(desk.TextWire, item.Token);
    }

    private static void WriteFoot(DigestDesk desk, DigestSheet sheet)
    {
        desk.FlushText();
        sheet.Stationery.TextPreferences.CopyTo(desk.TextWire, sheet.Links.PreferencesToken);
        sheet.Stationery.TextUnsubscribe.CopyTo(desk.TextWire, sheet.Links.UnsubscribeToken);
        sheet.Stationery.TextBrowser.CopyTo(desk.TextWire, sheet.DigestToken);
        if (sheet.Outline.Groups.Count > 0)
            sheet.Stationery.TextCite.CopyTo(desk.TextWire, sheet.DigestToken);
        desk.Text.Blank();
        desk.Text.Wrap(sheet.WhyThis);
        if (sheet.Sender is { } sender)
            desk.Text.Wrap(sender);
        desk.FlushText();
    }
}
