using System.Globalization;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Relevance.Text;
using NodaTime;

namespace DigestService.Topics.Searching;

/// <summary>A paper that may answer a search, without its text.</summary>
internal sealed record FoundPaper
{
    public required long Id { get; init; }

    /// <summary>Changes with its text.</summary>
    public required long TextVersion { get; init; }

    public required LocalDate FirstListedOn { get; init; }
}

/// <summary>
/// Candidates from the part of the catalogue that is not in memory, found by PostgreSQL's full text. It finds words by its own
/// stems; what it finds is ranked, and for queries matched, by ours.
/// </summary>
internal sealed class OlderPapers(Database database, WordIndex index, RecentPapers recent, Archive archive)
{
    // Reading a candidate that was not read before takes a twentieth of a millisecond.
    private const int MostCandidates = 300;
    private const int EnoughCandidates = 100;
    // Of a long text the most telling words find the papers.
    private const int MostPaired = 3;
    private const int MostNameWords = 6;
    private const int MostOfAuthor = 200;

    /// <summary>
    /// Papers first listed before a day that hold the words: in the title, else anywhere, else, where the search
    /// <paramref name="widens"/>, pairs of the most telling ones.
    /// </summary>
    public async Task<IReadOnlyList<FoundPaper>> ByWordsAsync(string text, LocalDate before, bool widens, CancellationToken ct)
    {
        var words = PastedNames.WordsOf(text).Where(word => Lexeme(word).Length > 0).Distinct(StringComparer.Ordinal).ToList();
        if (AllWords(text) is not { } all)
            return [];
        await index.CatchUpAsync(ct);
        var found = new List<FoundPaper>();
        await AddAsync(SearchQueries.ByTitleWords, all);
        if (found.Count < EnoughCandidates)
            await AddAsync(SearchQueries.ByWords, all);
        if (widens && found.Count < EnoughCandidates && words.Count > 2)
            await AddAsync(SearchQueries.ByWords, PairsOf(MostTelling(words)));
        return found;

        async Task AddAsync(string sql, string tsquery)
        {
            var rows = await database.QueryAsync<FoundPaper>(sql, new { words = tsquery, before = Listed(before), limit = MostCandidates }, ct);
            found.AddRange(rows.Where(row => !found.Exists(other => other.Id == row.Id)));
        }
    }

    /// <summary>Papers first listed before a day that may match a query; none where it asks for no word of the text.</summary>
    public async Task<IReadOnlyList<FoundPaper>> ByQueryAsync(TopicQuery query, LocalDate before, CancellationToken ct)
    {
        if (NeededWords(query.Root) is not { Length: > 0 } words)
            return [];
        await index.CatchUpAsync(ct);
        return await database.QueryAsync<FoundPaper>(SearchQueries.ByWords, new { words, before = Listed(before), limit = MostCandidates }, ct);
    }

    /// <summary>The papers with their texts, in the order given.</summary>
    public async Task<IReadOnlyList<PaperRow>> TextsAsync(IReadOnlyList<FoundPaper> papers, CancellationToken ct)
    {
        if (papers.Count == 0)
            return [];
        var rows = await database.QueryAsync<PaperRow>(RelevanceQueries.PapersById, new { papers = papers.Select(paper => paper.Id).ToArray() }, ct);
        var known = rows.ToDictionary(row => row.Id);
        return [.. papers.Select(paper => known.GetValueOrDefault(paper.Id)).OfType<PaperRow>()];
    }

    /// <summary>Whether a text may be a person's full name, by the number of its words.</summary>
    public static bool MayBeName(string text) =>
        AuthorName.Of(text).Words is { Count: >= 2 and <= MostNameWords } words && words.Any(word => !IsInitial(word));

    /// <summary>The papers of an author whose full name the text is, in either order, or whose family name it is; the newest first.</summary>
    public async Task<IReadOnlyList<long>> ByAuthorAsync(string text, CancellationToken ct)
    {
        var wanted = AuthorName.Of(text);
        if (wanted.Words.Count > MostNameWords)
            return [];
        var words = string.Join(" & ", wanted.Words.Where(word => !IsInitial(word)).Select(Letters).Where(word => word.Length > 0));
        if (words.Length == 0)
            return [];
        await index.CatchUpAsync(ct);
        var rows = await database.QueryAsync<AuthorsRow>(
            SearchQueries.ByAuthorWords, new { words, today = archive.Today.ToDateOnly(), limit = MostOfAuthor }, ct);
        return [.. rows.Where(row => row.Authors.Any(author => AuthorName.Of(author).Bears(wanted))).Select(row => row.Id)];
    }

    // An ideograph is a name's word, though it is one letter.
    private static bool IsInitial(string word) => word.Length == 1 && char.GetUnicodeCategory(word[0]) is not UnicodeCategory.OtherLetter;

    // What a source lists for tomorrow is not shown yet.
    private DateOnly Listed(LocalDate before) => LocalDate.Min(before, archive.Today.PlusDays(1)).ToDateOnly();

    // What every match holds: a superset of the matches, because of phrases only the words are asked for.
    private static string? NeededWords(QueryNode node) => node switch
    {
        Words words => AllWords(words.Surface),
        Beginning beginning => Letters(beginning.Letters) is { Length: > 0 } letters ? letters + ":*" : null,
        AllOf all => Joined(" & ", all.Parts.Select(NeededWords)),
        AnyOf any => any.Parts.Select(NeededWords).ToList() is var parts && parts.TrueForAll(part => part is not null) ? Joined(" | ", parts) : null,
        _ => null,
    };

    private static string? Joined(string with, IEnumerable<string?> parts)
    {
        var known = parts.Where(part => !string.IsNullOrEmpty(part)).ToList();
        return known.Count == 0 ? null : $"({string.Join(with, known)})";
    }

    private List<string> MostTelling(List<string> words)
    {
        var statistics = recent.IsWarm ? recent.Current.Statistics : CatalogueStatistics.Empty;
        return [.. words.OrderBy(word => statistics.PapersWith(Term.Of(word)))];
    }

    private static string PairsOf(List<string> words) => string.Join(
        " | ", words.Take(MostPaired).SelectMany((word, i) => words.Skip(i + 1).Select(other => $"({Lexeme(word)} & {Lexeme(other)})")));

    // All words of a text; what a hyphen joins may be written as one word.
    private static string? AllWords(string text)
    {
        var terms = new List<string>();
        var tokens = Tokenizer.Tokenize(text);
        for (var (i, next) = (0, 0); i < tokens.Count; i = next)
        {
            for (next = i + 1; next < tokens.Count && tokens[next].Glue == Glue.Hyphen;)
                next++;
            var words = tokens[i..next].ConvertAll(token => token.Word);
            var apart = Joined(" & ", words.Where(word => !StopWords.Contains(word)).Select(Lexeme));
            if (apart is not null)
                terms.Add(words.Count == 1 ? apart : $"({apart} | {Letters(string.Concat(words))})");
        }

        return terms.Count == 0 ? null : string.Join(" & ", terms.Distinct(StringComparer.Ordinal));
    }

    // As plain_text has it: "3.5" is two words, "α" is itself. The operators of PostgreSQL's query language are no letters.
    private static string Lexeme(string word)
    {
        if (Tokenizer.GreekLetter(word) is { } letter)
            return $"({word} | {letter})";
        return string.Join(" & ", string.Concat(word.Select(c => char.IsLetterOrDigit(c) ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Letters(string word) => string.Concat(word.Where(char.IsLetterOrDigit));

    private sealed record AuthorsRow
    {
        public required long Id { get; init; }

        public required string[] Authors { get; init; }
    }
}
