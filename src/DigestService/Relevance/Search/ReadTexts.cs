using System.Collections.Concurrent;

namespace DigestService.Relevance.Search;

/// <summary>
/// Papers that are not in a ranker's collection, as it reads them: reading them takes most of a search's time, and
/// searches meet the same ones again. Kept by paper and version of its text, some 50 MB when full.
/// </summary>
internal sealed class ReadTexts(TextIndex index, LatentSpace? space)
{
    private const int Most = 20_000;

    private readonly ConcurrentDictionary<(long Paper, long TextVersion), OtherText> _texts = new();
    private int _count;

    /// <summary>The text of a paper, if it was read and is still kept.</summary>
    public OtherText? Find(long paper, long textVersion) => _texts.GetValueOrDefault((paper, textVersion));

    /// <summary>Reads the text of a paper and keeps it.</summary>
    public OtherText Read(PaperRow paper)
    {
        if (Volatile.Read(ref _count) >= Most)
        {
            // Simple, and rare: what is looked for often is back soon.
            _texts.Clear();
            Volatile.Write(ref _count, 0);
        }

        var text = index.ReadOther(paper.Title, paper.Abstract ?? "", space);
        if (_texts.TryAdd((paper.Id, paper.TextVersion), text))
            Interlocked.Increment(ref _count);
        return text;
    }
}
