namespace DigestService.Topics.Starting;

/// <summary>SQL that finds the papers somebody names.</summary>
internal static class StartingQueries
{
    /// <summary>Which paper each key names.</summary>
    public const string ByKeys = """
        -- starting.by_keys
        select k.key as asked, k.paper_id, p.title
        from paper_keys k
        join papers p on p.id = k.paper_id
        where k.key = any(@keys)
          and p.first_listed_on <= @today
        """;

    /// <summary>The papers that bear each title, the newest first.</summary>
    public const string ByTitles = """
        -- starting.by_titles
        select told.title as asked, found.paper_id, p.title
        from unnest(@titles) as told (title)
        cross join lateral (
            select paper_id
            from paper_keys
            where key >= told.title || '|' collate "C"
              and key < told.title || '}' collate "C"
            limit 5) as found
        join papers p on p.id = found.paper_id
        where p.first_listed_on <= @today
        order by p.first_listed_on desc, p.id desc
        """;
}
