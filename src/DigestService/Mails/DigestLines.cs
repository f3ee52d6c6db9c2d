using DigestService.Mails.Languages;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Mails;

/// <summary>The lines of digests that are neither a paper's nor one reader's alone, for both parts of the mail.</summary>
internal sealed class DigestLines
{
    private readonly SharedLines<LineWords> _byWords = new();
    private readonly SharedLines<SaidReasons> _reasons = new();

    /// <summary>The service's name, and what this mail is.</summary>
    public SharedLine Headline(string site, string headline) => Used(new LineWords(LineKind.Headline, site, headline), static words => SharedLine.Of(
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
    public SharedLine Heading(string heading) => Used(new LineWords(LineKind.Heading, "", heading), static words => SharedLine.Of(
        html => html.Write($"""
            <tr><td class="s"><h2>{words.Words}</h2></td></tr>

            """),
        text =>
        {
            text.Blank();
            text.Heading(words.Words, '-');
            text.Blank();
        }));

    /// <summary>
    /// Why a paper is in the digest, behind <see cref="DigestTemplates.Reasons"/>; null where nothing is said. Reasons that many
    /// readers have are known again before they are put into words.
    /// </summary>
    public SharedLine? Reasons(IReadOnlyList<Reason> reasons, Language language, LocalDate digestOn, DigestSpan span)
    {
        if (reasons.Count == 0)
            return null;
        var line = _reasons.Get(new SaidReasons(reasons, language, digestOn, span), Say);
        line.CountUse();
        return line;
    }

    /// <summary>Reasons in one line.</summary>
    public static string InWords(IReadOnlyList<Reason> reasons, Language language, LocalDate digestOn, DigestSpan span) =>
        string.Join(" · ", language.Say(reasons, digestOn, span));

    private SharedLine Say(SaidReasons said)
    {
        var words = said.Language.Labelled(said.Language.Why, InWords(said.Reasons, said.Language, said.DigestOn, said.Span));
        return _byWords.Get(new LineWords(LineKind.Reasons, "", words), static words => SharedLine.Of(
            html => html.Write($"""
                {words.Words}</p>

                """),
            text => text.Wrap(words.Words)));
    }

    /// <summary>How answering works.</summary>
    public SharedLine AnswerHint(string hint) => Used(new LineWords(LineKind.AnswerHint, "", hint), static words => SharedLine.Of(
        html => html.Write($"""
            <p style="{MailStyle.FootLine}">{words.Words}</p>

            """),
        text =>
        {
            text.Blank();
            text.Wrap(words.Words);
        }));

    /// <summary>Name and postal address of the sender.</summary>
    public SharedLine Sender(string sender) => Used(new LineWords(LineKind.Sender, "", sender), static words => SharedLine.Of(
        html => html.Write($"""
            <p style="{MailStyle.Paragraph}">{words.Words}</p>

            """),
        text => text.Wrap(words.Words)));

    private SharedLine Used(LineWords words, Func<LineWords, SharedLine> render)
    {
        var line = _byWords.Get(words, render);
        line.CountUse();
        return line;
    }
}

/// <summary>Reasons of a paper as the digests of a day say them in a language.</summary>
internal readonly record struct SaidReasons(IReadOnlyList<Reason> Reasons, Language Language, LocalDate DigestOn, DigestSpan Span)
{
    /// <summary>Whether the same is said. Lists of words are compared as objects: readers of a topic share them.</summary>
    public bool Equals(SaidReasons other)
    {
        if (!ReferenceEquals(Language, other.Language) || DigestOn != other.DigestOn || Span != other.Span || Reasons.Count != other.Reasons.Count)
            return false;
        for (var i = 0; i < Reasons.Count; i++)
            if (!Reasons[i].Equals(other.Reasons[i]))
                return false;
        return true;
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = HashCode.Combine(DigestOn, Span);
        for (var i = 0; i < Reasons.Count; i++)
            hash = HashCode.Combine(hash, Reasons[i]);
        return hash;
    }
}
