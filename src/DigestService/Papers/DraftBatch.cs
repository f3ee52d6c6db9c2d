using NodaTime;

namespace DigestService.Papers;

/// <summary>Something to tell the operator about one entry: why it was refused, or what of it was left out.</summary>
internal sealed record DraftRemark(DraftOrigin Origin, string Text);

/// <summary>Drafts on their way through one write: which rows they are, what of those changes, what else is written.</summary>
internal sealed class DraftBatch(IReadOnlyList<PaperDraft> drafts)
{
    // Above every id a sequence will give: among two rows of one work the written one stays.
    private const long FirstUnwrittenId = long.MaxValue / 2;

    private readonly DraftKeys[] _keys = KeysOf(drafts);
    private readonly CataloguePaper[] _papers = new CataloguePaper[drafts.Count];
    private readonly HashSet<CataloguePaper> _touched = new(ReferenceEqualityComparer.Instance);
    private readonly List<DraftRemark> _remarks = [];

    /// <summary>Which drafts and rows are one work.</summary>
    public WorkResolver Resolver { get; } = new();

    /// <summary>Papers to insert.</summary>
    public List<CataloguePaper> NewPapers { get; private set; } = [];

    /// <summary>Rows to update.</summary>
    public List<CataloguePaper> ChangedPapers { get; private set; } = [];

    /// <summary>The listings that the drafts stand in.</summary>
    public IEnumerable<(string Source, LocalDate Day)> Listings =>
        drafts.Where(draft => draft.Position is not null).Select(draft => (draft.Source, draft.ListedOn)).Distinct();

    /// <summary>The identifiers to look up, each with the last draft that bears it.</summary>
    public Dictionary<string, PaperDraft> ById()
    {
        var byId = new Dictionary<string, PaperDraft>(drafts.Count, StringComparer.Ordinal);
        for (var i = 0; i < drafts.Count; i++)
        {
            if (_keys[i].Arxiv is { } arxiv)
                byId[arxiv] = drafts[i];
            if (_keys[i].Doi is { } doi)
                byId[doi] = drafts[i];
            if (_keys[i].Entry is { } entry)
                byId[entry] = drafts[i];
        }

        return byId;
    }

    /// <summary>The titles to look up, as their keys are and as they may have been.</summary>
    public string[] Titles()
    {
        var titles = new HashSet<string>(drafts.Count, StringComparer.Ordinal);
        foreach (var keys in _keys)
        {
            titles.Add(keys.Title);
            titles.UnionWith(keys.FormerTitles);
        }

        return [.. titles];
    }

    /// <summary>Decides what each draft does to the catalogue.</summary>
    public void Merge()
    {
        var fresh = new List<CataloguePaper>();
        for (var i = 0; i < drafts.Count; i++)
        {
            if (drafts[i].IsDeletion)
            {
                Delete(drafts[i], _keys[i]);
                continue;
            }

            var paper = Resolver.Find(drafts[i], _keys[i]);
            var draft = WithoutTakenDoi(drafts[i], _keys[i], paper);
            if (paper is null)
            {
                paper = CataloguePaper.FirstSeenAs(draft, FirstUnwrittenId + i);
                fresh.Add(paper);
            }
            else
            {
                paper.Merge(draft);
                _touched.Add(paper);
            }

            Resolver.Bind(paper, _keys[i]);
            _papers[i] = paper;
        }

        NewPapers = fresh.Where(paper => ReferenceEquals(Resolver.Standing(paper), paper)).ToList();
        ChangedPapers = _touched.Where(paper => !paper.IsNew && paper.HasChanged && ReferenceEquals(Resolver.Standing(paper), paper)).ToList();
    }

    /// <summary>What the write did, given the papers that this import added before.</summary>
    public WriteOutcome Outcome(HashSet<long> addedHere)
    {
        addedHere.UnionWith(NewPapers.Select(paper => paper.Id));
        var updated = ChangedPapers.Select(paper => paper.Id).Where(id => !addedHere.Contains(id)).ToList();
        return new WriteOutcome
        {
            Added = NewPapers.Select(paper => paper.Id).ToList(),
            Updated = updated,
            Duplicates = drafts.Count - NewPapers.Count - updated.Count,
            Remarks = _remarks,
        };
    }

    /// <summary>Known papers that are to be changed, named, merged into or merged away.</summary>
    public IEnumerable<CataloguePaper> KnownPapers => ChangedPapers
        .Concat(Resolver.NewKeys.Values.Concat(Resolver.Merges.Select(merge => merge.Winner)).Select(Resolver.Standing))
        .Concat(Resolver.Merges.Select(merge => merge.Loser))
        .Where(paper => !paper.IsNew);

    /// <summary>The places in listings, one a listing and paper.</summary>
    public List<ListingPlace> Entries(Dictionary<(string Source, LocalDate Day), long> listings)
    {
        var entries = new Dictionary<(long, CataloguePaper), PaperDraft>();
        for (var i = 0; i < drafts.Count; i++)
        {
            if (drafts[i].Position is null)
                continue;
            var at = (listings[(drafts[i].Source, drafts[i].ListedOn)], Resolver.Standing(_papers[i]));
            // The latest place is kept, of two at one moment the first.
            if (!entries.TryGetValue(at, out var known) || known.ObservedAt < drafts[i].ObservedAt)
                entries[at] = drafts[i];
        }

        var places = new List<ListingPlace>(entries.Count);
        foreach (var ((listing, paper), draft) in entries)
            places.Add(new ListingPlace(listing, paper, draft));
        return places;
    }

    /// <summary>Votes as they were observed; equal ones in a row are one observation that lasted.</summary>
    public List<VoteReading> Votes()
    {
        var votes = new Dictionary<(CataloguePaper Paper, Instant At), int>();
        for (var i = 0; i < drafts.Count; i++)
        {
            if (drafts[i].Upvotes is not { } upvotes)
                continue;
            var at = (Resolver.Standing(_papers[i]), drafts[i].ObservedAt);
            votes[at] = votes.TryGetValue(at, out var known) ? Math.Max(known, upvotes) : upvotes;
        }

        var readings = new List<VoteReading>(votes.Count);
        foreach (var ((paper, at), upvotes) in votes.OrderBy(vote => vote.Key.Paper.Id).ThenBy(vote => vote.Key.At))
        {
            if (readings.Count > 0 && readings[^1] is var last && ReferenceEquals(last.Paper, paper) && last.Upvotes == upvotes)
                readings[^1] = last with { SeenUntil = at };
            else
                readings.Add(new VoteReading(paper, at, at, upvotes));
        }

        return readings;
    }

    // What several papers are called by tells none of them.
    private static DraftKeys[] KeysOf(IReadOnlyList<PaperDraft> drafts)
    {
        DraftKeys[] keys = [.. drafts.Select(DraftKeys.Of)];
        var shared = keys.Where(key => key.Entry is not null).GroupBy(key => key.Entry, StringComparer.Ordinal)
            .Where(entries => entries.Select(key => key.Title).Distinct(StringComparer.Ordinal).Skip(1).Any()).Select(entries => entries.Key).ToHashSet(StringComparer.Ordinal);
        return shared.Count == 0 ? keys : [.. keys.Select(key => shared.Contains(key.Entry) ? key with { Entry = null } : key)];
    }

    // A DOI belongs to one paper: a second paper that claims it is kept without.
    private PaperDraft WithoutTakenDoi(PaperDraft draft, DraftKeys keys, CataloguePaper? paper)
    {
        if (keys.Doi is null || Resolver.Holder(keys.Doi) is not { } holder || ReferenceEquals(holder, paper))
            return draft;
        _remarks.Add(new DraftRemark(
            draft.Origin, $"Its DOI {draft.Doi} is already that of “{holder.Title}”; the paper is kept without it."));
        return draft with { Doi = null };
    }

    private void Delete(PaperDraft draft, DraftKeys keys)
    {
        if (Resolver.FindById(keys) is not { } paper || draft.WithdrawnAt is not { } at)
            return;
        paper.Withdraw(at);
        _touched.Add(paper);
    }
}
