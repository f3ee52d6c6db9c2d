namespace DigestService.Mails;

/// <summary>The lines of digests that are neither a paper's nor one reader's alone, for both parts of the mail.</summary>
internal sealed class DigestLines
{
    private readonly SharedLines _shared = new();

    /// <summary>The service's name, and what this mail is.</summary>
    public SharedLine Headline(string site, string headline) => _shared.Get(new LineWords(LineKind.Headline, site, headline), static words => SharedLine.Of(
        html => html.Write($"""
            <tr><td class="p" style="{MailStyle.Head}">
            <p class="k" style="{MailStyle.Brand}">{words.About}</p>
            <h1 class="t" style="{MailStyle.H1}">{words.Words}</h1>

            """),
        text =>
        {
            text.Line(words.About);
            text.Blank();
            text.Heading(words.Words, '=');
        }));

    /// <summary>A heading over papers.</summary>
    public SharedLine Heading(string heading) => _shared.Get(new LineWords(LineKind.Heading, "", heading), static words => SharedLine.Of(
        html => html.Write($"""
            <tr><td class="s"><h2>{words.Words}</h2></td></tr>

            """),
        text =>
        {
            text.Blank();
            text.Heading(words.Words, '-');
            text.Blank();
        }));

    /// <summary>Why a paper is in the digest, behind <see cref="DigestTemplates.Reasons"/>.</summary>
    public SharedLine Reasons(string reasons) => _shared.Get(new LineWords(LineKind.Reasons, "", reasons), static words => SharedLine.Of(
        html => html.Write($"""
            {words.Words}</p>

            """),
        text => text.Wrap(words.Words)));

    /// <summary>How answering works.</summary>
    public SharedLine AnswerHint(string hint) => _shared.Get(new LineWords(LineKind.AnswerHint, "", hint), static words => SharedLine.Of(
        html => html.Write($"""
            <p style="{MailStyle.FootLine}">{words.Words}</p>

            """),
        text =>
        {
            text.Blank();
            text.Wrap(words.Words);
        }));

    /// <summary>Name and postal address of the sender.</summary>
    public SharedLine Sender(string sender) => _shared.Get(new LineWords(LineKind.Sender, "", sender), static words => SharedLine.Of(
        html => html.Write($"""
            <p style="{MailStyle.Paragraph}">{words.Words}</p>

            """),
        text => text.Wrap(words.Words)));
}
