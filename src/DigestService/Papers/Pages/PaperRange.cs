using System.Globalization;
using DigestService.Platform.Layout;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Papers.Pages;

/// <summary>A part of a list of papers: so many, after the paper at a place or after so many others.</summary>
internal readonly record struct PaperRange(int Limit, int Offset = 0, ListPlace? After = null)
{
    private const int PapersUnlessAsked = 50;

    /// <summary>The same part and the paper after it, which says that there is more.</summary>
    public PaperRange AndOneMore => this with { Limit = Limit + 1 };

    /// <summary>The part that a program asks for, or what is wrong with how it asks.</summary>
    public static PaperRange? Read(int? limit, int? offset, string? after, out ProblemHttpResult? fault)
    {
        fault = null;
        ListPlace? place = null;
        if (after is not null)
        {
            if (offset is not null)
                fault = WrongRequest.Because("Papers come after a place or after so many others: leave out offset.");
            else if (ListPlace.TryParse(after, out var read))
                place = read;
            else
                fault = WrongRequest.Because("after is a place that an answer named as next_after.");
        }

        if (ListLimit.FaultOf(limit) is { } sentence)
            fault = WrongRequest.Because(sentence);
        else if (offset < 0)
            fault = WrongRequest.Because("offset is a number from 0.");
        return fault is null ? new PaperRange(Math.Min(limit ?? PapersUnlessAsked, ApiPapers.Most), offset ?? 0, place) : null;
    }
}

/// <summary>
/// Where in a list a paper stands, by all that lists of papers are ordered by: so the place stays the same while others are added.
/// Programs hand back its text as they got it.
/// </summary>
/// <param name="Day">The day on which the paper was first listed.</param>
/// <param name="Upvotes">Its upvotes.</param>
/// <param name="Position">Its place on the list of a day, or in what a search found.</param>
/// <param name="Paper">Its row.</param>
internal readonly record struct ListPlace(LocalDate Day, int Upvotes, int Position, long Paper)
{
    private const int Parts = 4;

    private static readonly LocalDatePattern DayPattern = LocalDatePattern.CreateWithInvariantCulture("uuuuMMdd");

    /// <summary>The place of a paper.</summary>
    public static ListPlace Of(ArchivePaper paper) => new(paper.FirstListedOn, paper.Upvotes, paper.Position, paper.Id);

    /// <summary>The place before the first paper of all that were listed up to a day.</summary>
    public static ListPlace Before(LocalDate day) => new(day, int.MaxValue, 0, 0);

    /// <summary>Reads a place that <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, out ListPlace place)
    {
        var parts = text.Split('-');
        place = default;
        if (parts.Length != Parts
            || DayPattern.Parse(parts[0]) is not { Success: true, Value: { Year: >= 1 } day }
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var upvotes)
            || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            || !long.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var paper))
            return false;
        place = new(day, upvotes, position, paper);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{DayPattern.Format(Day)}-{Upvotes}-{Position}-{Paper}");
}
