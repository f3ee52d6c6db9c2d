using NodaTime;
using NodaTime.Text;

namespace DigestService.Papers;

/// <summary>
/// Decides which drafts and rows are one work. An arXiv id or a DOI decides alone; else a title with its first author; a
/// source that names no authors is taken at its title. Two papers that bear different arXiv ids are never one, and two that
/// bear different DOIs only where somebody says both of one arXiv paper.
/// </summary>
internal sealed class WorkResolver
{
    private readonly Dictionary<string, CataloguePaper> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _titleKeys = new(StringComparer.Ordinal);
    private readonly Dictionary<CataloguePaper, CataloguePaper> _mergedInto = new(ReferenceEqualityComparer.Instance);

    /// <summary>Keys that are not in the database yet, with their papers.</summary>
    public Dictionary<string, CataloguePaper> NewKeys { get; } = new(StringComparer.Ordinal);

    /// <summary>Rows that turned out to be another row's work: loser and winner.</summary>
    public List<(CataloguePaper Loser, CataloguePaper Winner)> Merges { get; } = [];

    /// <summary>Tells of a key in the database.</summary>
    public void Know(string key, CataloguePaper paper)
    {
        _byKey[key] = paper;
        RememberTitle(key);
    }

    /// <summary>
    /// The paper that <paramref name="draft"/> tells of, or null for one unheard of. Rows that the draft shows to be one
    /// work are merged on the way.
    /// </summary>
    public CataloguePaper? Find(PaperDraft draft, DraftKeys keys)
    {
        CataloguePaper? found = null;
        foreach (var (candidate, isById) in Candidates(draft, keys))
        {
            if (found is null)
                found = candidate;
            else if (!ReferenceEquals(found, candidate) && MayBeOne(found, candidate) && (isById || found.Doi is null || candidate.Doi is null || found.Doi == candidate.Doi))
                found = MergeRows(found, candidate);
        }

        return found;
    }

    /// <summary>The paper known by one of the draft's identifiers, whatever its title.</summary>
    public CataloguePaper? FindById(DraftKeys keys) =>
        (keys.Arxiv is null ? null : Holder(keys.Arxiv)) ?? (keys.Doi is null ? null : Holder(keys.Doi));

    /// <summary>Gives <paramref name="paper"/> the draft's names.</summary>
    public void Bind(CataloguePaper paper, DraftKeys keys)
    {
        Bind(keys.Arxiv, paper);
        Bind(keys.Doi, paper);
        BindTitle(paper, keys);
    }

    // Another work by somebody of the same family name has the plain key: the whole name, and at last the identifier, go with it.
    private void BindTitle(CataloguePaper paper, DraftKeys keys)
    {
        foreach (var key in new[] { keys.TitleAndAuthor, keys.TitleAndName, (keys.Doi ?? keys.Arxiv) is { } id ? $"{keys.TitleAndName}|{id}" : null })
        {
            if (key is null || (Holder(key) is { } holder && ReferenceEquals(holder, paper)))
                return;
            if (!_byKey.ContainsKey(key))
            {
                Bind(key, paper);
                return;
            }
        }
    }

    /// <summary>The paper that stands for <paramref name="paper"/> after all merges.</summary>
    public CataloguePaper Standing(CataloguePaper paper)
    {
        while (_mergedInto.TryGetValue(paper, out var winner))
            paper = winner;
        return paper;
    }

    /// <summary>The paper that a key names.</summary>
    public CataloguePaper? Holder(string key) => _byKey.TryGetValue(key, out var holder) ? Standing(holder) : null;

    private static bool MayBeOne(CataloguePaper one, CataloguePaper other) =>
        one.ArxivId is null || other.ArxivId is null || string.Equals(one.ArxivId, other.ArxivId, StringComparison.Ordinal);

    private static bool MayBe(CataloguePaper paper, PaperDraft draft) =>
        paper.ArxivId is null || draft.ArxivId is not { } id || string.Equals(paper.ArxivId, id.Value, StringComparison.Ordinal);

    private static bool MayBeByTitle(CataloguePaper paper, PaperDraft draft) =>
        MayBe(paper, draft)
        && (paper.Doi is null || draft.Doi is not { } doi || string.Equals(paper.Doi, doi.Value, StringComparison.Ordinal))
        && AuthorMatch.MayBeOne(paper.Authors, draft.Authors);

    private IEnumerable<(CataloguePaper Paper, bool IsById)> Candidates(PaperDraft draft, DraftKeys keys)
    {
        if (keys.Arxiv is not null && Holder(keys.Arxiv) is { } byArxiv)
            yield return (byArxiv, true);
        if (keys.Doi is not null && Holder(keys.Doi) is { } byDoi && MayBe(byDoi, draft))
            yield return (byDoi, true);
        if (OldestByTitle(draft, keys, isNamed: true) is { } byTitle)
            yield return (byTitle, false);
        // A row that came without authors has been waiting for them.
        if (OldestByTitle(draft, keys, isNamed: false) is { } anonymous)
            yield return (anonymous, false);
    }

    // Where several works share a title, a source that tells nothing else means the one known longest.
    private CataloguePaper? OldestByTitle(PaperDraft draft, DraftKeys keys, bool isNamed)
    {
        CataloguePaper? oldest = null;
        foreach (var holder in HoldersOf(keys))
        {
            if (holder.Authors.Length > 0 == isNamed && MayBeByTitle(holder, draft) && (oldest is null || holder.Id < oldest.Id))
                oldest = holder;
        }

        return oldest;
    }

    // A row that is known by its former key alone is met where its title would have the draft's key today.
    private IEnumerable<CataloguePaper> HoldersOf(DraftKeys keys)
    {
        foreach (var key in _titleKeys.GetValueOrDefault(keys.Title) ?? [])
            if (Holder(key) is { } holder)
                yield return holder;
        foreach (var key in keys.FormerTitles.SelectMany(title => _titleKeys.GetValueOrDefault(title) ?? []))
            if (Holder(key) is { } holder && string.Equals(DraftKeys.TitleOf(holder), keys.Title, StringComparison.Ordinal))
                yield return holder;
    }

    // The older row stays: readers have seen it, and links name it.
    private CataloguePaper MergeRows(CataloguePaper one, CataloguePaper other)
    {
        var (winner, loser) = one.Id < other.Id ? (one, other) : (other, one);
        winner.Merge(loser);
        _mergedInto[loser] = winner;
        Merges.Add((loser, winner));
        return winner;
    }

    private void Bind(string? key, CataloguePaper paper)
    {
        if (key is null || _byKey.ContainsKey(key))
            return;
        _byKey[key] = paper;
        NewKeys[key] = paper;
        RememberTitle(key);
    }

    private void RememberTitle(string key)
    {
        if (!key.StartsWith("title:", StringComparison.Ordinal))
            return;
        var title = key[..key.IndexOf('|', StringComparison.Ordinal)];
        if (!_titleKeys.TryGetValue(title, out var keys))
            _titleKeys[title] = keys = [];
        keys.Add(key);
    }

}

/// <summary>The names under which one draft's work is looked up.</summary>
internal readonly record struct DraftKeys(string? Arxiv, string? Doi, string Title, IReadOnlyList<string> FormerTitles, string TitleAndAuthor, string Author)
{
    /// <summary>The title with all of the first author's name, for the second work of one title and family name.</summary>
    public string TitleAndName => $"{TitleAndAuthor}|{Author}";

    /// <summary>The names of one draft.</summary>
    public static DraftKeys Of(PaperDraft draft)
    {
        var title = TitleOf(draft.Title, draft.Doi?.Value, draft.ArxivId?.Value, draft.Url, draft.ListedOn, draft.Source);
        return new DraftKeys(
            draft.ArxivId is { } id ? WorkKeys.Of(id) : null,
            draft.Doi is { } doi ? WorkKeys.Of(doi) : null,
            title,
            WorkKeys.FormerOfTitle(draft.Title),
            title + "|" + WorkKeys.OfAuthor(draft.Authors),
            draft.Authors is [var first, ..] ? new string([.. first.Where(char.IsLetterOrDigit).Take(80)]).ToLowerInvariant() : "");
    }

    /// <summary>The title key of a row, as a draft that says the same would have it.</summary>
    public static string TitleOf(CataloguePaper paper) =>
        TitleOf(paper.Title, paper.Doi, paper.ArxivId, paper.Url, paper.FirstListedOn, paper.TextSource);

    private static string TitleOf(string title, string? doi, string? arxivId, string? url, LocalDate listedOn, string? source) =>
        WorkKeys.OfTitle(title, doi ?? arxivId ?? url ?? LocalDatePattern.Iso.Format(listedOn) + source);
}
