using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Platform.Layout.Words;
using NodaTime;
using Npgsql;

namespace DigestService.Topics;

/// <summary>A topic of the catalogue; <see cref="QueryId"/> is its row among all distinct queries.</summary>
public sealed record Topic
{
    /// <summary>Its row.</summary>
    public required long Id { get; init; }

    /// <summary>Its name in links and on the command line.</summary>
    public required string Slug { get; init; }

    /// <summary>Its name for people.</summary>
    public required string Name { get; init; }

    /// <summary>The heading it is listed under.</summary>
    public required string Group { get; init; }

    /// <summary>Its name in a language; that of the catalogue where it has none there.</summary>
    public string NameIn(string language) => CatalogueNames.In(Name, language);

    /// <summary>The heading in a language.</summary>
    public string GroupIn(string language) => CatalogueNames.In(Group, language);

    /// <summary>One sentence on what belongs to it.</summary>
    public required string Description { get; init; }

    /// <summary>The row of its query.</summary>
    public required long QueryId { get; init; }

    /// <summary>Its query in canonical form.</summary>
    public required string Query { get; init; }
}

/// <summary>The topics readers choose from, and the table of distinct queries behind topics and own queries.</summary>
internal sealed class TopicCatalogue(Database database, IClock clock)
{
    /// <summary>The topics shipped with the service, wherever it is started from.</summary>
    public static string SeedFile => Path.Combine(AppContext.BaseDirectory, "seeds", "topics.json");

    /// <summary>All topics by group and name.</summary>
    public Task<IReadOnlyList<Topic>> ListAsync(CancellationToken ct) =>
        database.QueryAsync<Topic>(CatalogueQueries.ListTopics, null, ct);

    /// <summary>Brings the table in line with the program's own topics; false where the database takes no writes, and has those that stand there.</summary>
    public async Task<bool> TryLoadAsync(CancellationToken ct)
    {
        try
        {
            await LoadAsync(ct);
            return true;
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            return false;
        }
    }

    /// <summary>Brings the table in line with the program's own topics.</summary>
    /// <exception cref="OperatorException">The file cannot be read, or something in it is wrong.</exception>
    public Task<int> LoadAsync(CancellationToken ct) => LoadAsync(SeedFile, ct);

    /// <summary>
    /// Brings the table in line with a seed file, and those who follow a topic with its query; the second time changes nothing. Answers how many
    /// topics changed.
    /// </summary>
    /// <exception cref="OperatorException">The file cannot be read, or something in it is wrong.</exception>
    public async Task<int> LoadAsync(string file, CancellationToken ct)
    {
        var seeds = await TopicSeeds.ReadAsync(file, ct);
        var canonicals = seeds.Select(seed => seed.Canonical).ToArray();
        return await database.InTransactionAsync(
            async connection =>
            {
                await EnsureQueriesAsync(connection, canonicals, ct);
                var slugs = seeds.Select(s => s.Slug).ToArray();
                var asking = await connection.QueryAsync<AskingTopic>(CatalogueQueries.AskingOtherwise, new { slugs, canonicals }, ct);
                var changed = await connection.ExecuteAsync(
                    CatalogueQueries.UpsertTopics,
                    new
                    {
                        slugs,
                        names = seeds.Select(s => s.Name).ToArray(),
                        groups = seeds.Select(s => s.Group).ToArray(),
                        descriptions = seeds.Select(s => s.Description).ToArray(),
                        canonicals,
                    },
                    ct);
                if (asking.Count > 0)
                    await connection.ExecuteAsync(CatalogueQueries.MoveReaders, new { topics = asking.Select(topic => topic.Id).ToArray(), were = asking.Select(topic => topic.Was).ToArray() }, ct);
                return changed;
            },
            ct);
    }

    /// <summary>Saves a topic as the operator wrote it; a sentence when something is wrong with it, and then nothing is saved.</summary>
    public async Task<InputFault?> SaveAsync(TopicForm typed, bool isNew, CancellationToken ct)
    {
        if (typed.Slug.Length > 60 || typed.Slug.Trim('-').Length == 0 || !typed.Slug.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-') || typed.Slug == "new")
            return new("slug", "The name in links is small letters, digits and hyphens, such as world-models.");
        foreach (var (field, text, most) in new[] { ("name", typed.Name, 80), ("group", typed.Group, 60), ("description", typed.Description, 400) })
        {
            if (text.Length == 0 || text.Length > most)
                return new(field, $"A {field} is needed, of at most {most} characters.");
        }

        if (!TopicQuery.TryParse(typed.Query, out var query, out var error))
            return new("query", error.Message);
        return await database.InTransactionAsync<InputFault?>(
            async connection =>
            {
                if (await connection.QuerySingleOrDefaultAsync<string>(
                    CatalogueQueries.OtherTopicOf, new { canonical = query.Canonical, slug = typed.Slug }, ct) is { } other)
                    return new("query", $"The topic “{other}” asks for the same; two topics need two queries.");
                await EnsureQueriesAsync(connection, [query.Canonical], ct);
                var parameters = new
                {
                    slug = typed.Slug,
                    name = typed.Name,
                    group = typed.Group,
                    description = typed.Description,
                    canonical = query.Canonical,
                    now = clock.GetCurrentInstant(),
                    isNew,
                };
                var was = await connection.QuerySingleOrDefaultAsync<long?>(CatalogueQueries.QueryOfTopic, new { slug = typed.Slug }, ct);
                if (await connection.QuerySingleOrDefaultAsync<long?>(CatalogueQueries.SaveTopic, parameters, ct) is not { } id)
                    return new("slug", $"There is a topic called {typed.Slug} already.");
                if (was is { } former)
                    await connection.ExecuteAsync(CatalogueQueries.MoveReaders, new { topics = new[] { id }, were = new[] { former } }, ct);
                return null;
            },
            ct);
    }

    /// <summary>The rows of these queries by their canonical text, made where they are new. Joins the caller's transaction, and holds the rows until it ends.</summary>
    public async Task<IReadOnlyDictionary<string, long>> EnsureQueriesAsync(
        NpgsqlConnection connection, IReadOnlyCollection<string> canonicals, CancellationToken ct)
    {
        var wanted = canonicals.Distinct(StringComparer.Ordinal).ToArray();
        while (true)
        {
            await connection.ExecuteAsync(CatalogueQueries.EnsureQueries, new { canonicals = wanted, now = clock.GetCurrentInstant() }, ct);
            var rows = await connection.QueryAsync<QueryRow>(CatalogueQueries.HoldQueries, new { canonicals = wanted }, ct);
            // One that was there a moment ago may go with the last reader who had it, who was just erased.
            if (rows.Count == wanted.Length)
                return rows.ToDictionary(r => r.Canonical, r => r.Id, StringComparer.Ordinal);
        }
    }

    /// <summary>Removes those of the queries that are no topic's and that no reader has. The transaction holds them already, so that nobody takes one up meanwhile.</summary>
    public static async Task<IReadOnlyList<long>> RemoveQueriesAsync(NpgsqlConnection connection, IReadOnlyList<long> held, CancellationToken ct)
    {
        if (held.Count == 0)
            return [];
        var asked = await connection.QueryAsync<long>(CatalogueQueries.AskedByReaders, new { queries = held.ToArray() }, ct);
        var ofTopics = await connection.QueryAsync<long>(CatalogueQueries.AskedByTopics, new { queries = held.ToArray() }, ct);
        var unused = new { queries = held.Except(asked).Except(ofTopics).ToArray() };
        await connection.ExecuteAsync(CatalogueQueries.ForgetMatchesOfQueries, unused, ct);
        return await connection.QueryAsync<long>(CatalogueQueries.Remove, unused, ct);
    }

    private sealed record AskingTopic
    {
        public required long Id { get; init; }
        public required long Was { get; init; }
    }
}

/// <summary>A topic as the operator types it.</summary>
internal sealed record TopicForm(string Slug, string Name, string Group, string Description, string Query);

/// <summary>A distinct query as stored.</summary>
internal sealed record QueryRow
{
    public required long Id { get; init; }

    public required string Canonical { get; init; }
}

