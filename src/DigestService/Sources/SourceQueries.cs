namespace DigestService.Sources;

/// <summary>SQL over <c>source_runs</c>.</summary>
internal static class SourceQueries
{
    public const string BeginRun = """
        -- source_runs.begin
        insert into source_runs (source, listed_on, started_at, outcome)
        values (@source, @day, @now, 'running')
        returning id
        """;

    public const string EndRun = """
        -- source_runs.end
        update source_runs
        set asked = @asked,
            listed_on = @day,
            outcome = @outcome,
            finished_at = @now,
            read = @read,
            added = @added,
            updated = @updated,
            duplicates = @duplicates,
            rejected = @rejected,
            newest_on = @newest,
            content_hash = @hash,
            detail = @detail
        where id = @run
        """;

    // A run that ended with an unreadable answer has said so already.
    public const string FailRun = """
        -- source_runs.fail
        update source_runs
        set outcome = 'failed',
            listed_on = coalesce(listed_on, @day),
            finished_at = @now,
            detail = @detail
        where id = @run and outcome = 'running'
        """;

    public const string LastGoodDay = """
        -- source_runs.last_good_day
        select max(listed_on)
        from source_runs
        where source = @source and outcome in ('done', 'quiet', 'suspect')
        """;

    // The newest run about an earlier day than this one's.
    public const string RunBefore = """
        -- source_runs.run_before
        select newest_on, content_hash, read, rejected
        from source_runs
        where source = @source and id <> @run and outcome in ('done', 'suspect')
            and content_hash is not null and listed_on < @day
        order by listed_on desc, started_at desc
        limit 1
        """;

    public const string LastRuns = """
        -- source_runs.last_of_each_source
        select distinct on (source) source, listed_on, started_at, finished_at, outcome, read, added, rejected, newest_on, detail
        from source_runs
        where outcome <> 'running'
        order by source, started_at desc, id desc
        """;

    public const string NewestDays = """
        -- source_runs.newest_day_of_each_source
        select source, max(newest_on) as newest_on
        from source_runs
        group by source
        """;

    // When each of the sources failed whose last run failed, after a run within the given time of which no part failed.
    public const string LateSources = """
        -- source_runs.late_sources
        select last.started_at
        from unnest(@sources) as told (name)
        cross join lateral (
            select started_at, outcome
            from source_runs
            where source = told.name and outcome <> 'running'
            order by started_at desc, id desc
            limit 1
        ) as last
        where last.outcome = 'failed'
            and exists (
                select
                from source_runs well
                where well.source = told.name
                    and well.started_at >= @wellSince
                    and well.outcome in ('done', 'quiet', 'suspect')
                    and not exists (
                        select
                        from source_runs part
                        where part.source = told.name
                            and part.started_at = well.started_at
                            and part.outcome = 'failed'))
        """;

    // Sources whose last run was cut short: it never ended, or it was stopped with the service.
    public const string Interrupted = """
        -- source_runs.interrupted
        select told.name
        from unnest(@sources) as told (name)
        cross join lateral (
            select outcome, detail
            from source_runs
            where source = told.name
            order by started_at desc, id desc
            limit 1
        ) as last
        where last.outcome = 'running'
            or (last.outcome = 'failed' and last.detail = @stopped)
        """;
}
