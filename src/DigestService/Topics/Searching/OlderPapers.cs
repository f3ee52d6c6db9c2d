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
    private const int MostNeighbours = 4;
    // A pasted abstract has other words that are spelt alike everywhere.
    private const int MostSpelt = 12;
    private static readonly (string British, string American)[] Spellings = [("our", "or")];
    // "Generalize", "generalisation" and "generalizability" have three stems.
    private static readonly string[] Endings = ["e", "ed", "es", "er", "ers", "ing", "ation", "ations", "able", "ability"];

    /// <summary>
    /// Papers first listed before a day that hold the words: in the title, else anywhere, else as others spell them, else, where the search
    /// <paramref name="widens"/>, pairs of the most telling ones.
    /// </summary>
    public async Task<IReadOnlyList<FoundPaper>> ByWordsAsync(string text, LocalDate before, bool widens, CancellationToken ct)
    {
        var words = PastedNames.WordsOf(text).Where(word => Lexeme(word, spells: false).Length > 0).Distinct(StringComparer.Ordinal).ToList();
        if (AllWords(text, spells: false) is not { } all)
            return [];
        await index.CatchUpAsync(ct);
        var found = new List<FoundPaper>();
        await AddAsync(SearchQueries.ByTitleWords, all);
        if (found.Count < EnoughCandidates)
            await AddAsync(SearchQueries.ByWords, all);
        if (found.Count < EnoughCandidates && AllWords(text, spells: true) is { } spelt && spelt != all)
            await AddAsync(SearchQueries.ByWords, spelt);
        if (widens && found.Count < EnoughCandidates && words.Count > 2)
            await AddAsync(SearchQueries.ByWords, PairsOf(MostTelling(words)));
        return found;

        async Task AddAsync(string sql, string tsquery)
        {
            var rows = await database.QueryAsync<FoundPaper>(sql, new { words = tsquery, before = Listed(before), limit = MostCandidates }, ct);
            found.AddRange(rows.Where(row => !found.Exists(other => other.Id == row.Id)));
        }
    }

    /// <summary>
    /// Papers first listed before a day that may match a query, those that spell it as it does before the others; none where it asks for no
    /// word of the text and no author.
    /// </summary>
    public async Task<IReadOnlyList<FoundPaper>> ByQueryAsync(TopicQuery query, LocalDate before, CancellationToken ct)
    {
        var authors = Needed(query.Root, AuthorOf);
        var words = Needed(query.Root, leaf => WordsOf(leaf, spells: false));
        if (words is null && authors is null)
            return [];
        await index.CatchUpAsync(ct);
        var found = await FindAsync(words);
        if (found.Count == MostCandidates || Needed(query.Root, leaf => WordsOf(leaf, spells: true)) is not { } spelt || spelt == words)
            return found;
        return [.. found.UnionBy(await FindAsync(spelt), paper => paper.Id).Take(MostCandidates)];

        Task<IReadOnlyList<FoundPaper>> FindAsync(string? asked)
        {
            var sql = asked is null ? SearchQueries.ByAuthors : authors is null ? SearchQueries.ByWords : SearchQueries.ByWordsAndAuthors;
            return database.QueryAsync<FoundPaper>(sql, new { words = asked, authors, before = Listed(before), limit = MostCandidates }, ct);
        }
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
        AuthorName.Of(text).Words is { Count: >= 2 and <= MostNameWords } words && words.Any(word => !AuthorName.IsInitial(word));

    /// <summary>The papers of an author whose full name the text is, in either order, or whose family name it is; the newest first.</summary>
    public async Task<IReadOnlyList<long>> ByAuthorAsync(string text, CancellationToken ct)
    {
        var wanted = AuthorName.Of(text);
        if (wanted.Words.Count > MostNameWords)
            return [];
        if (FullWords(wanted) is not { } words)
            return [];
        await index.CatchUpAsync(ct);
        var rows = await database.QueryAsync<AuthorsRow>(
            SearchQueries.ByAuthorWords, new { words, today = archive.Today.ToDateOnly(), limit = MostOfAuthor }, ct);
        return [.. rows.Where(row => row.Authors.Any(author => AuthorName.Of(author).Bears(wanted))).Select(row => row.Id)];
    }

    // What a source lists for tomorrow is not shown yet.
    private DateOnly Listed(LocalDate before) => LocalDate.Min(before, archive.Today.PlusDays(1)).ToDateOnly();

    // What every match holds: a superset of the matches, because of phrases only the words are asked for; of authors those whose names are
    // written in full.
    private static string? Needed(QueryNode node, Func<QueryNode, string?> ofLeaf) => node switch
    {
        AllOf all => Joined(" & ", all.Parts.Select(part => Needed(part, ofLeaf))),
        AnyOf any => any.Parts.Select(part => Needed(part, ofLeaf)).ToList() is var parts && parts.TrueForAll(part => part is not null) ? Joined(" | ", parts) : null,
        _ => ofLeaf(node),
    };

    private static string? WordsOf(QueryNode leaf, bool spells) => leaf switch
    {
        Words words => Joined(" | ", [AllWords(words.Surface, spells), .. !spells || IsLeftOut(Parts(words.Surface)) ? [] : words.Closed.Select(Letters)]),
        Beginning beginning => Letters(beginning.Letters) is { Length: > 0 } letters ? letters + ":*" : null,
        _ => null,
    };

    private static string? AuthorOf(QueryNode leaf) => leaf is ByAuthor author ? FullWords(author.Name) : null;

    private static string? FullWords(AuthorName name) =>
        Joined(" & ", name.Words.Where(word => !AuthorName.IsInitial(word)).Select(Letters).Where(word => word.Length > 0));

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
        " | ", words.Take(MostPaired).SelectMany((word, i) => words.Skip(i + 1).Select(other => $"({Lexeme(word, spells: false)} & {Lexeme(other, spells: false)})")));

    // All words of a text; what a hyphen joins may be written as one word, and so may, as others spell it, two of a few words side by side.
    private static string? AllWords(string text, bool spells)
    {
        var terms = new List<string>();
        var singles = new List<string?>();
        var tokens = Tokenizer.Tokenize(text);
        for (var (i, next) = (0, 0); i < tokens.Count; i = next)
        {
            for (next = i + 1; next < tokens.Count && tokens[next].Glue == Glue.Hyphen;)
                next++;
            var words = tokens[i..next];
            var apart = Joined(" & ", words.Where(word => !StopWords.Contains(word.Word)).Select(word => Lexeme(text, word, spells && tokens.Count <= MostSpelt)));
            if (apart is null)
                continue;
            singles.Add(words.Count == 1 && !IsLeftOut(Parts(words[0].Word)) ? Letters(words[0].Word) : null);
            terms.Add(words.Count == 1 ? apart : $"({apart} | {Letters(string.Concat(words.Select(word => word.Word)))})");
        }

        var all = terms.Count == 0 ? null : string.Join(" & ", terms.Distinct(StringComparer.Ordinal));
        return !spells || terms.Count is < 2 or > MostNeighbours ? all : Joined(" | ", [all, .. Closed(terms, singles)]);
    }

    private static IEnumerable<string> Closed(List<string> terms, List<string?> singles)
    {
        for (var i = 0; i + 1 < terms.Count; i++)
            if (singles[i] is { } first && singles[i + 1] is { } second)
                yield return string.Join(" & ", [.. terms[..i], first + second, .. terms[(i + 2)..]]);
    }

    // "U.S." is two words to PostgreSQL, and one to who writes US.
    private static string Lexeme(string text, Token token, bool spells) => Symbols.IsAbbreviation(text.AsSpan(token.Start, token.End - token.Start))
        ? $"({token.Word} | ({string.Join(" & ", token.Word.AsEnumerable())}))"
        : Lexeme(token.Word, spells);

    // As plain_text has it: "3.5" is two words, "α" is itself. The operators of PostgreSQL's query language are no letters.
    private static string Lexeme(string word, bool spells)
    {
        if (Tokenizer.GreekLetter(word) is { } letter)
            return $"({word} | {letter})";
        var parts = Parts(word);
        var others = !spells || IsLeftOut(parts) ? [] : OtherSpellings(word).Concat(WordSequence.Parts(word).Select(two => string.Join(" & ", [.. Parts(two.First), .. Parts(two.Second)]))).ToList();
        return others.Count == 0 ? string.Join(" & ", parts) : $"({string.Join(" & ", parts)} | {string.Join(" | ", others)})";
    }

    private static string[] Parts(string word) => string.Concat(word.Select(c => char.IsLetterOrDigit(c) ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    // PostgreSQL leaves out "WHO" and "AT&T" as it does "who", "at" and "t": in its place it must not ask for another spelling.
    private static bool IsLeftOut(string[] parts) => Array.TrueForAll(parts, part => part.Length == 1 || StopWords.Contains(part.ToLowerInvariant()));

    // PostgreSQL's stems keep apart what ours join: GPU and GPUs, colour and color. What nobody writes is found nowhere.
    private static IEnumerable<string> OtherSpellings(string word)
    {
        if (!word.All(char.IsAsciiLetter))
            yield break;
        if (word[^1] is not 's')
            yield return word + "s";
        else if (word is [_, .., not 's', 's'])
            yield return word[..^1];
        foreach (var ending in Endings)
        {
            if (!word.EndsWith("is" + ending, StringComparison.Ordinal) && !word.EndsWith("iz" + ending, StringComparison.Ordinal))
                continue;
            if (word[..^(ending.Length + 2)] is not { Length: > 2 } begin)
                continue;
            yield return begin + "ize";
            yield return begin + "isation";
            yield return begin + "izability";
        }

        foreach (var (british, american) in Spellings)
        {
            if (word.Contains(british, StringComparison.Ordinal))
                yield return word.Replace(british, american, StringComparison.Ordinal);
            if (word.Contains(american, StringComparison.Ordinal))
                yield return word.Replace(american, british, StringComparison.Ordinal);
        }
    }

    private static string Letters(string word) => string.Concat(word.Where(char.IsLetterOrDigit));

    private sealed record AuthorsRow
    {
        public required long Id { get; init; }

        public required string[] Authors { get; init; }
    }
}
