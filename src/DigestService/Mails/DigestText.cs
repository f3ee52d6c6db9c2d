using System.Text;

namespace DigestService.Mails;

/// <summary>The plain text part of a digest: 72 columns, numbered, its footer a signature.</summary>
internal static class DigestText
{
    private static readonly byte[] Margins = [.. Enumerable.Range(0, 100).SelectMany(number => Encoding.ASCII.GetBytes($"{number,2}. "))];

    /// <summary>Writes the whole part.</summary>
    public static void Write(ComposeBuffers buffers, DigestMailModel model)
    {
        WriteHead(buffers, model);
        var (groups, index) = (0, 0);
        foreach (var group in model.Outline.Groups)
        {
            if (!model.Items[index].IsInText)
                break;
            buffers.PlaceText(model.GroupHeadings[groups++]);
            foreach (var _ in group.Entries)
            {
                if (model.Items[index++] is { IsInText: true } item)
                    WriteItem(buffers, model, item);
            }
        }

        if (model.Items.Count(item => !item.IsInText) is > 0 and var leftOut)
        {
            buffers.Text.Blank();
            buffers.Text.Wrap(model.Language.LeftOut(leftOut));
        }

        SavedPaperNewsBlock.WriteText(buffers, model);
        WriteFoot(buffers, model);
    }

    private static void WriteHead(ComposeBuffers buffers, DigestMailModel model)
    {
        buffers.PlaceText(model.Headline);
        var text = buffers.Text;
        if (model.Outline.Summary.Length > 0)
        {
            text.Blank();
            text.Wrap(model.Outline.Summary);
        }

        foreach (var note in model.Notes)
        {
            text.Blank();
            text.Wrap(note);
        }

        text.Blank();
    }

    /// <summary>The number of a paper in four columns.</summary>
    public static ReadOnlySpan<byte> Margin(int number) => Margins.AsSpan(4 * (number % 100), 4);

    private static void WriteItem(ComposeBuffers buffers, DigestMailModel model, DigestMailItem item)
    {
        buffers.PlaceTextBehind(Margin(item.Number), TopOf(item));
        if (item.Reasons is { } reasons)
            buffers.PlaceText(reasons);
        if (item.Extent < PaperExtent.Brief)
            buffers.PlaceText(item.Fragment.TextBottom, model.FeedbackToken);
        else
            buffers.PlaceText(item.Fragment.TextBriefBottom, "");
    }

    private static WireTemplate TopOf(DigestMailItem item) => item.Extent switch
    {
        PaperExtent.Whole => item.Fragment.TextTop,
        PaperExtent.Short => item.Fragment.TextShortTop,
        _ => item.Fragment.TextBriefTop,
    };

    private static void WriteFoot(ComposeBuffers buffers, DigestMailModel model)
    {
        if (model.AnswerHint is { } hint)
            buffers.PlaceText(hint);
        buffers.PlaceText(model.DigestTemplates.TextPreferences, model.Links.PreferencesToken);
        buffers.PlaceText(model.DigestTemplates.TextUnsubscribe, model.Links.UnsubscribeToken);
        buffers.PlaceText(model.DigestTemplates.TextBrowser, model.DigestToken);
        if (model.Outline.Groups.Count > 0)
            buffers.PlaceText(model.DigestTemplates.TextCite, model.DigestToken);
        buffers.Text.Blank();
        buffers.Text.Wrap(model.WhyThis);
        if (model.Sender is { } sender)
            buffers.PlaceText(sender);
        buffers.FlushText();
    }
}
