using System.Collections.Concurrent;
using DigestService.Mails.Languages;
using DigestService.Platform;

namespace DigestService.Mails;

/// <summary>Fragments already rendered, by paper and language. Upvotes are among a paper's facts: when they change, it is rendered anew.</summary>
internal sealed class FragmentCache(SiteOptions site)
{
    // Some 12 kB each: a day's papers in every language, never a year's.
    private const int Capacity = 4000;
    private readonly ConcurrentDictionary<(MailPaper Paper, Language Language), PaperFragment> _fragments = new();

    /// <summary>The fragment of a paper, rendered if this is its first reader.</summary>
    public PaperFragment Get(MailPaper paper, Language language)
    {
        if (_fragments.TryGetValue((paper, language), out var fragment))
            return fragment;
        if (_fragments.Count >= Capacity)
            Clear();
        return _fragments.GetOrAdd((paper, language), key => PaperFragment.Render(key.Paper, key.Language, site));
    }

    /// <summary>Forgets all fragments.</summary>
    public void Clear() => _fragments.Clear();
}
