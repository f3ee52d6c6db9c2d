using NodaTime;

namespace DigestService.Relevance;

/// <summary>Everything of one recent paper that is the same for all readers.</summary>
public sealed record CandidatePaper
{
    /// <summary>The paper, prepared for matching muted words and taste.</summary>
    public required IndexedPaper Paper { get; init; }

    /// <summary>The paper's row.</summary>
    public long PaperId => Paper.Id;

    /// <summary>The paper's title.</summary>
    public string Title => Paper.Text.Title;

    /// <summary>The day it was listed: where votes are counted, that listing's, else the day it was first listed anywhere.</summary>
    public required LocalDate ListedOn { get; init; }

    /// <summary>Attention up to the moment.</summary>
    public required TrendingScore Trending { get; init; }

    /// <summary>See <see cref="Relevance.Freshness"/>.</summary>
    public required double Freshness { get; init; }

    /// <summary>Available here since a day at the most.</summary>
    public required bool IsNew { get; init; }

    /// <summary>Withdrawn by its authors.</summary>
    public required bool IsWithdrawn { get; init; }

    /// <summary>Content in 256 bits.</summary>
    public required PaperSignature Signature { get; init; }

    /// <summary>Papers, of any age, that tell the same result: announced again under another title.</summary>
    public IReadOnlyList<long> SameResults { get; init; } = [];
}

/// <summary>
/// The recent papers as they stand at one moment, ascending by id; made once and shared by all readers planned at it. What
/// choosing reads of each stands in an array, for it is read for every reader.
/// </summary>
public sealed class CandidatePapers
{
    private readonly CandidatePaper[] _papers;

    /// <summary>Takes the papers in any order.</summary>
    public CandidatePapers(IEnumerable<CandidatePaper> papers)
        : this([.. papers.OrderBy(paper => paper.PaperId)], null)
    {
    }

    /// <summary>Takes the papers of a table as one moment sees them, in the table's order.</summary>
    internal CandidatePapers(CandidatePaper[] papers, PaperTable? table)
    {
        _papers = papers;
        Table = table ?? new(papers.Select(paper => paper.Paper));
        Facts = [.. papers.Select(PaperFacts.Of)];
        Signatures = [.. papers.Select(paper => paper.Signature)];
        IsAnyNoticed = Array.Exists(Facts, facts => facts.Trend > 0);
    }

    /// <summary>What is known of the papers whatever the moment; the places are the same.</summary>
    public PaperTable Table { get; }

    /// <summary>What the score of each is made of.</summary>
    internal PaperFacts[] Facts { get; }

    /// <summary>What each says, in 256 bits.</summary>
    internal PaperSignature[] Signatures { get; }

    /// <summary>Whether votes, likes or the order of a list tell of any paper that it is trending.</summary>
    internal bool IsAnyNoticed { get; }

    /// <summary>The papers, ascending by id.</summary>
    public IReadOnlyList<CandidatePaper> Papers => _papers;

    /// <summary>The paper at a place.</summary>
    public CandidatePaper this[int place] => _papers[place];

    /// <summary>How many were listed after a day.</summary>
    public int CountAfter(LocalDate day)
    {
        var (last, count) = (PaperFacts.DayOf(day), 0);
        foreach (ref readonly var paper in Facts.AsSpan())
            count += paper.ListedOn > last ? 1 : 0;
        return count;
    }

    /// <summary>The places of the most noticed papers, best first, of as big ones the freshest and those listed last, ties by id; what readers' outside places are filled from.</summary>
    public int[] Biggest(int count) =>
        [.. Enumerable.Range(0, _papers.Length).Where(place => !_papers[place].IsWithdrawn)
            .OrderByDescending(place => _papers[place].Trending.Value * _papers[place].Freshness).ThenByDescending(place => _papers[place].Freshness)
            .ThenByDescending(place => Facts[place].ListedOn).ThenBy(place => place).Take(count)];
}

/// <summary>The numbers that a paper's score is made of, the same for all readers.</summary>
internal readonly record struct PaperFacts(double Trend, double Freshness, int ListedOn, bool IsWithdrawn, bool HasSameResults)
{
    /// <summary>The numbers of a paper at its moment.</summary>
    public static PaperFacts Of(CandidatePaper paper) =>
        new(paper.Trending.Value, paper.Freshness, DayOf(paper.ListedOn), paper.IsWithdrawn, paper.SameResults.Count > 0);

    /// <summary>A day as a number that rises by one each day.</summary>
    public static int DayOf(LocalDate day) => day.ToDateOnly().DayNumber;
}

/// <summary>The papers of one moment, and the most noticed of them by their places, the biggest first.</summary>
public sealed record CandidateView(CandidatePapers Candidates, int[] Biggest);
