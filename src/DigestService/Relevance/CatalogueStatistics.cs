using System.Runtime.InteropServices;

namespace DigestService.Relevance;

/// <summary>
/// How common each stem is in the whole catalogue, and how long its titles and abstracts are: what tells a telling
/// word from an ordinary one. Immutable once built; <see cref="Build"/> reads the catalogue once.
/// </summary>
public sealed class CatalogueStatistics
{
    private readonly Dictionary<ulong, int> _papersWith;

    private CatalogueStatistics(Dictionary<ulong, int> papersWith, int papers, double titleLength, double abstractLength)
    {
        _papersWith = papersWith;
        Papers = papers;
        AverageTitleLength = titleLength;
        AverageAbstractLength = abstractLength;
    }

    /// <summary>Of an empty catalogue: every word is as telling as any other.</summary>
    public static CatalogueStatistics Empty { get; } = new([], 0, 10, 120);

    /// <summary>Papers counted.</summary>
    public int Papers { get; }

    internal double AverageTitleLength { get; }

    internal double AverageAbstractLength { get; }

    /// <summary>Counts the papers of a catalogue.</summary>
    public static CatalogueStatistics Build(IEnumerable<IndexedPaper> papers)
    {
        var papersWith = new Dictionary<ulong, int>();
        int count = 0, abstracts = 0;
        long titleWords = 0, abstractWords = 0;
        foreach (var paper in papers)
        {
            count++;
            titleWords += paper.TitleLength;
            abstractWords += paper.AbstractLength;
            abstracts += paper.AbstractLength > 0 ? 1 : 0;
            foreach (var term in paper.Terms)
                CollectionsMarshal.GetValueRefOrAddDefault(papersWith, term, out _)++;
        }
        return count == 0
            ? Empty
            : new(papersWith, count, Math.Max(1, (double)titleWords / count), Math.Max(1, (double)abstractWords / Math.Max(1, abstracts)));
    }

    /// <summary>Papers that hold the stem.</summary>
    internal int PapersWith(ulong term) => _papersWith.GetValueOrDefault(term);

    /// <summary>The Robertson–Spärck Jones weight, kept positive.</summary>
    internal double Idf(ulong term)
    {
        var with = PapersWith(term);
        return Math.Log(1 + ((Papers - with + 0.5) / (with + 0.5)));
    }
}
