using NodaTime;
using NodaTime.Text;

namespace DigestService.Papers;

/// <summary>
/// Decides which drafts and rows are one work. An arXiv id or a DOI decides alone; else the entry of a feed, or a title with its first
/// author; a source that names no authors is taken at its title. Two papers that bear different arXiv ids are never one, and two that
/// bear different DOIs only where somebody says both of one arXiv paper.
/// </summary>
internal sealed class WorkResolver
{
    private readonly Dictionary<string, CataloguePaper> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TitleKey> _titleKeys = new(StringComparer.Ordinal);
    private readonly Dictionary<CataloguePaper, CataloguePaper> _mergedInto = new(ReferenceEqualityComparer.Instance);

    /// <summary>Keys that are not in the database yet, with their papers.</summary>
    public Dictionary<string, CataloguePaper> NewKeys { get; } = new(StringComparer.Ordinal);

    /// <summary>Rows that turned out to be another row's work: loser and winner.</summary>
    public List<(CataloguePaper Loser, CataloguePaper Winner)> Merges { get; } = [];

    /// <summary>Tells of a key in the database.</summary>
    public void Know(string key, CataloguePaper paper)
    {
        _byKey[key] = paper;
        if (key.StartsWith("title:", StringComparison.Ordinal))
            RememberTitle(key[..key.IndexOf('|', StringComparison.Ordinal)], key);
    }

    /// <summary>
    /// The paper that <paramref name="draft"/> tells of, or null for one unheard of. Rows that the draft shows to be one
    /// work are merged on the way.
    /// </summary>
    public CataloguePaper? Find(PaperDraft draft, DraftKeys keys)
    {
        // An identifier tells; then a title; a row that came without authors has been waiting for them.
        var found = keys.Arxiv is null ? null : Holder(keys.Arxiv);
        if (keys.Doi is not null && Holder(keys.Doi) is { } byDoi && MayBe(byDoi, draft))
            found = One(found, byDoi, isById: true);
        if (keys.Entry is not null && Holder(keys.Entry) is { } byEntry && MayBe(byEntry, draft))
            found = One(found, byEntry, isById: false);
        found = One(found, OldestByTitle(draft, keys, isNamed: true), isById: false);
        return One(found, OldestByTitle(draft, keys, isNamed: false), isById: false);
    }

    private CataloguePaper? One(CataloguePaper? found, CataloguePaper? candidate, bool isById)
    {
        if (found is null || candidate is null)
            return found ?? candidate;
        return !ReferenceEquals(found, candidate) && MayBeOne(found, candidate) && (isById || found.Doi is null || candidate.Doi is null || found.Doi == candidate.Doi)
            ? MergeRows(found, candidate)
            : found;
    }

    /// <summary>The paper known by one of the draft's identifiers, whatever its title.</summary>
    public CataloguePaper? FindById(DraftKeys keys) =>
        (keys.Arxiv is null ? null : Holder(keys.Arxiv)) ?? (keys.Doi is null ? null : Holder(keys.Doi));

    /// <summary>Gives <paramref name="paper"/> the draft's names.</summary>
    public void Bind(CataloguePaper paper, DraftKeys keys)
    {
        Bind(keys.Arxiv, paper);
        Bind(keys.Doi, paper);
        Bind(keys.Entry, paper);
        // Another work by somebody of the same family name has the plain key: the whole name, and at last the identifier, go with it.
        _ = BindTitle(keys.TitleAndAuthor, paper, keys)
            || BindTitle(keys.TitleAndName, paper, keys)
            || ((keys.Doi ?? keys.Arxiv) is { } id && BindTitle($"{keys.TitleAndName}|{id}", paper, keys));
    }

    // False where the key is another paper's.
    private bool BindTitle(string key, CataloguePaper paper, DraftKeys keys)
    {
        if (Holder(key) is { } holder)
            return ReferenceEquals(holder, paper);
        Bind(key, paper);
        RememberTitle(keys.Title, key);
        return true;
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

    // Where several works share a title, a source that tells nothing else means the one known longest.
    private CataloguePaper? OldestByTitle(PaperDraft draft, DraftKeys keys, bool isNamed)
    {
        CataloguePaper? oldest = null;
        for (var key = _titleKeys.GetValueOrDefault(keys.Title); key is not null; key = key.Next)
            oldest = Older(oldest, Holder(key.Key), draft, isNamed);
        foreach (var former in keys.FormerTitles)
        {
            // A row that is known by its former key alone is met where its title would have the draft's key today.
            for (var key = _titleKeys.GetValueOrDefault(former); key is not null; key = key.Next)
            {
                if (Holder(key.Key) is { } holder && string.Equals(DraftKeys.TitleOf(holder), keys.Title, StringComparison.Ordinal))
                    oldest = Older(oldest, holder, draft, isNamed);
            }
        }

        return oldest;
    }

    private static CataloguePaper? Older(CataloguePaper? oldest, CataloguePaper? holder, PaperDraft draft, bool isNamed) =>
        holder is not null && holder.Authors.Length > 0 == isNamed && MayBeByTitle(holder, draft) && (oldest is null || holder.Id < oldest.Id) ? holder : oldest;

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
    }

    private void RememberTitle(string title, string key) => _titleKeys[title] = new TitleKey(key, _titleKeys.GetValueOrDefault(title));

    // One of the keys of a title, and the others.
    private sealed record TitleKey(string Key, TitleKey? Next);
}

/// <summary>The names under which one draft's work is looked up.</summary>
internal readonly record struct DraftKeys(string? Arxiv, string? Doi, string? Entry, string Title, IReadOnlyList<string> FormerTitles, string TitleAndAuthor, string? FirstAuthor)
{
    /// <summary>The title with all of the first author's name, for the second work of one title and family name.</summary>
    public string TitleAndName => $"{TitleAndAuthor}|{new string([.. (FirstAuthor ?? "").Where(char.IsLetterOrDigit).Take(80)]).ToLowerInvariant()}";

    /// <summary>The names of one draft.</summary>
    public static DraftKeys Of(PaperDraft draft)
    {
        var title = TitleOf(draft.Title, draft.Doi?.Value, draft.ArxivId?.Value, draft.Url, draft.ListedOn, draft.Source);
        return new DraftKeys(
            draft.ArxivId is { } id ? WorkKeys.Of(id) : null,
            draft.Doi is { } doi ? WorkKeys.Of(doi) : null,
            WorkKeys.OfEntry(draft.Source, draft.EntryId, draft.PublishedAt),
            title,
            WorkKeys.FormerOfTitle(draft.Title, title),
            title + "|" + WorkKeys.OfAuthor(draft.Authors),
            draft.Authors is [var first, ..] ? first : null);
    }

    /// <summary>The title key of a row, as a draft that says the same would have it.</summary>
    public static string TitleOf(CataloguePaper paper) =>
        TitleOf(paper.Title, paper.Doi, paper.ArxivId, paper.Url, paper.FirstListedOn, paper.TextSource);

    private static string TitleOf(string title, string? doi, string? arxivId, string? url, LocalDate listedOn, string? source) =>
        WorkKeys.OfTitle(title, doi ?? arxivId ?? url ?? LocalDatePattern.Iso.Format(listedOn) + source);
}
