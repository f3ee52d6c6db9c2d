using DigestService.Papers;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Topics.Searching;

namespace DigestService.Topics.Starting;

/// <summary>An author who was named, and how many of their papers were found.</summary>
public sealed record ProposedAuthor(string Name, int Papers);

/// <summary>The papers that a pasted text names, the authors it names, and what of it is not in the catalogue, as it was written.</summary>
internal sealed record NamedPapers(IReadOnlyList<PaperRow> Papers, IReadOnlyList<ProposedAuthor> Authors, IReadOnlyList<string> Missing, bool IsCut);

/// <summary>Finds the papers that a pasted text names, by identifier, title or author.</summary>
internal sealed class StartingPapers(Database database, OlderPapers older, Archive archive)
{
    /// <summary>The most papers that somebody starts from.</summary>
    public const int MostPapers = 100;

    /// <summary>The most names that are looked up; each is a search.</summary>
    public const int MostAuthors = 10;

    // Who has written hundreds is known by the newest.
    private const int MostOfAuthor = 20;

    /// <summary>The papers in the order in which they are named, each once.</summary>
    public async Task<NamedPapers> FindAsync(string text, CancellationToken ct)
    {
        var pasted = PastedReferences.Read(text);
        var named = await NamedAsync(pasted.References, ct);
        var found = new List<long>();
        var missing = new List<string>();
        var authors = new List<(string Name, IReadOnlyList<long> Papers)>();
        var asked = 0;
        foreach (var reference in pasted.References)
        {
            if (named(reference) is { Count: > 0 } known)
                found.AddRange(known);
            else if (reference.Author is { } name && OlderPapers.MayBeName(name) && ++asked <= MostAuthors && await older.ByAuthorAsync(name, ct) is { Count: > 0 } papers)
                authors.Add((name, papers.Take(MostOfAuthor).ToList()));
            else
                missing.Add(reference.Written);
        }

        var ids = found.Concat(authors.SelectMany(author => author.Papers)).Distinct().ToList();
        var rows = (await database.QueryAsync<PaperRow>(RelevanceQueries.PapersById, new { papers = ids.Take(MostPapers).ToArray() }, ct)).ToDictionary(row => row.Id);
        return new NamedPapers(
            ids.Where(rows.ContainsKey).Select(id => rows[id]).ToList(),
            authors.Select(author => new ProposedAuthor(Spelt(author.Name, author.Papers, rows), author.Papers.Count)).DistinctBy(author => author.Name, StringComparer.OrdinalIgnoreCase).ToList(),
            missing,
            pasted.IsCut || asked > MostAuthors || ids.Count > MostPapers);
    }

    /// <summary>The papers that a text names one by one, to be liked; an author's name is no paper.</summary>
    public async Task<IReadOnlyList<long>> LikesOfAsync(string text, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(text))
            return [];
        var references = PastedReferences.Read(text).References;
        var named = await NamedAsync(references, ct);
        return references.SelectMany(named).Distinct().Take(MostPapers).ToList();
    }

    /// <summary>Papers by their rows, as if somebody had named them.</summary>
    public async Task<NamedPapers> ReadAsync(IReadOnlyList<long> papers, CancellationToken ct)
    {
        var rows = await database.QueryAsync<PaperRow>(RelevanceQueries.PapersById, new { papers = papers.Distinct().Take(MostPapers).ToArray() }, ct);
        var byId = rows.ToDictionary(row => row.Id);
        return new NamedPapers(papers.Distinct().Where(byId.ContainsKey).Select(id => byId[id]).ToList(), [], [], papers.Count > MostPapers);
    }

    private async Task<Func<PastedReference, IReadOnlyList<long>>> NamedAsync(IReadOnlyList<PastedReference> references, CancellationToken ct)
    {
        var keys = references.SelectMany(reference => reference.Keys).Distinct(StringComparer.Ordinal).ToArray();
        var byKey = (await database.QueryAsync<FoundRow>(StartingQueries.ByKeys, new { keys, today = archive.Today }, ct))
            .ToLookup(row => row.Asked, row => row.PaperId, StringComparer.Ordinal);
        var titles = references.Select(reference => reference.Title).OfType<string>()
            .SelectMany(title => (string[])[WorkKeys.OfTitle(title), .. WorkKeys.FormerOfTitle(title)])
            .Distinct(StringComparer.Ordinal).ToArray();
        // Another title may have had the same key formerly.
        var byTitle = (await database.QueryAsync<FoundRow>(StartingQueries.ByTitles, new { titles, today = archive.Today }, ct))
            .ToLookup(row => WorkKeys.OfTitle(row.Title), row => row.PaperId, StringComparer.Ordinal);
        // Two identifiers may stand in one word; of several works that bear one title the newest is meant.
        return reference => reference.Keys.SelectMany(key => byKey[key]).ToList() is { Count: > 0 } known
            ? known
            : reference.Title is { } title ? byTitle[WorkKeys.OfTitle(title)].Take(1).ToList() : [];
    }

    // As the catalogue writes it where that is the same name in other letters: "ada lovelace" is "Ada Lovelace".
    private static string Spelt(string name, IReadOnlyList<long> papers, Dictionary<long, PaperRow> rows)
    {
        var wanted = AuthorName.Of(name).Text;
        return papers.Where(rows.ContainsKey).SelectMany(id => rows[id].Authors)
            .FirstOrDefault(author => string.Equals(AuthorName.Of(author).Text, wanted, StringComparison.Ordinal)) ?? name;
    }

    private sealed record FoundRow
    {
        public required string Asked { get; init; }

        public required long PaperId { get; init; }

        public required string Title { get; init; }
    }
}
