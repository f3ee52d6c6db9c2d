namespace DigestService.Platform;

/// <summary>
/// Differs whenever something was committed that digests and public pages are made of; see <c>candidate_changes</c>. Rows are
/// counted and added up, because they are not committed in the order of their ids.
/// </summary>
internal sealed record CatalogueChanges
{
    private const string State = """
        -- catalogue_changes.state
        select count(*)::bigint as statements, coalesce(sum(id), 0)::bigint as ids
        from candidate_changes
        """;

    /// <summary>How many rows there are.</summary>
    public required long Statements { get; init; }

    /// <summary>Their numbers, added up.</summary>
    public required long Ids { get; init; }

    /// <summary>Asks the database.</summary>
    public static async Task<CatalogueChanges> ReadAsync(Database database, CancellationToken ct) =>
        await database.QuerySingleOrDefaultAsync<CatalogueChanges>(State, null, ct)
            ?? throw new InvalidOperationException("An aggregate without a row.");
}
