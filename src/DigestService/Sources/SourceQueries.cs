namespace DigestService.Sources;

/// <summary>SQL over <c>source_runs</c>.</summary>
internal static class SourceQueries
{
    // The rows of one run bear the number of its first.
    public const string BeginRun = """
        -- source_runs.begin
        with next as (
            select nextval(pg_get_serial_sequence('source_runs', 'id')) as id
        )
        insert into source_runs (id, run_id, source, listed_on, started_at, outcome)
        overriding system value
        select id, coalesce(@first, id), @source, @day, @now, 'running'
        from next
        returning id
        """;

    public const string EndRun = """
        -- source_runs.end
        update source_runs
        set asked = @asked,
            part = @part,
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
            part = @part,
            listed_on = coalesce(listed_on, @day),
            finished_at = @now,
            detail = @detail
        where id = @run and outcome = 'running'
        """;

    // Runs before this one whose process was killed. One that another process is at after all says itself how it ended.
    public const string EndLost = """
        -- source_runs.end_lost
        update source_runs
        set outcome = 'failed',
            finished_at = @now,
            detail = @detail
        where source = @source and outcome = 'running' and coalesce(run_id, id) < @first
        """;

    // Like is compared with like: the same page of the answer about the nearest earlier day, as it was seen last.
    public const string RunBefore = """
        -- source_runs.run_before
        select newest_on, content_hash, read, rejected
        from source_runs
        where source = @source and part = @part and coalesce(run_id, id) <> @first and outcome in ('done', 'suspect')
            and content_hash is not null and listed_on < @day
        order by listed_on desc, id desc
        limit 1
        """;

    // An answer that was "unchanged" was not read again, and bears the hash of the one before it.
    public const string SameQuestion = """
        -- source_runs.last_answer_to
        select newest_on, content_hash, read, rejected
        from source_runs
        where source = @source and asked = @asked and part = @part and outcome in ('done', 'quiet', 'suspect')
            and (read > 0 or content_hash is null)
        order by id desc
        limit 1
        """;

    // Of the rows of each source's last run the worst one stands for it.
    public const string LastRuns = """
        -- source_runs.last_of_each_source
        select distinct on (runs.source) runs.source, runs.started_at, runs.outcome, runs.detail,
            (sum(runs.read) over run)::integer as read, (sum(runs.added) over run)::integer as added
        from unnest(@sources) as wanted (source)
        cross join lateral (
            select coalesce(run_id, id) as first
            from source_runs
            where source = wanted.source and outcome <> 'running'
            order by coalesce(run_id, id) desc
            limit 1
        ) as last
        join source_runs as runs on runs.source = wanted.source and coalesce(runs.run_id, runs.id) = last.first
        where runs.outcome <> 'running'
        window run as (partition by runs.source)
        order by runs.source, case runs.outcome when 'failed' then 0 when 'suspect' then 1 when 'done' then 2 else 3 end, runs.id desc
        """;

    public const string NewestDays = """
        -- source_runs.newest_day_of_each_source
        select source, max(newest_on) as newest_on, min(started_at) as first_run_at, max(started_at) filter (where added > 0) as added_at
        from source_runs
        group by source
        """;

    public const string InstalledAt = """
        -- schema_migrations.first
        select applied_at from schema_migrations order by version limit 1
        """;

    public const string MarkRead = """
        -- source_days.mark_read
        insert into source_days (source, day, read_at)
        select @source, day, @now
        from unnest(@days) as told (day)
        on conflict (source, day) do update
        set read_at = greatest(source_days.read_at, excluded.read_at)
        """;

    public const string FirstDay = """
        -- source_days.first
        select day
        from source_days
        where source = @source
        order by day
        limit 1
        """;

    // A day that was read before it was over may have had more to tell.
    public const string WholeDays = """
        -- source_days.whole
        select day
        from source_days
        where source = @source and day >= @from and read_at >= (day + 1)::timestamp at time zone 'UTC'
        """;

    public const string ReadAnswers = """
        -- source_answers.read
        select address, etag as ETag, last_modified, not_before
        from source_answers
        where source = @source
        """;

    public const string KeepAnswers = """
        -- source_answers.keep
        with gone as (
            delete from source_answers
            where source = @source and address <> all (@addresses)
        )
        insert into source_answers (source, address, etag, last_modified, not_before, answered_at)
        select @source, address, etag, last_modified, not_before, @now
        from unnest(@addresses, @etags, @modified, @waits::timestamptz[]) as told (address, etag, last_modified, not_before)
        on conflict (source, address) do update
        set etag = excluded.etag,
            last_modified = excluded.last_modified,
            not_before = excluded.not_before,
            answered_at = excluded.answered_at
        """;

    // When each of the sources failed about a day that is news, after a run within the given time of which no part failed.
    // An old day that still fails keeps nobody waiting.
    public const string LateSources = """
        -- source_runs.late_sources
        select distinct failed.started_at
        from unnest(@sources) as told (name)
        cross join lateral (
            select coalesce(run_id, id) as first
            from source_runs
            where source = told.name and outcome <> 'running'
            order by coalesce(run_id, id) desc
            limit 1
        ) as last
        join source_runs as failed on failed.source = told.name and coalesce(failed.run_id, failed.id) = last.first
        where failed.outcome = 'failed'
            and (failed.listed_on is null or failed.listed_on >= (failed.started_at at time zone 'UTC')::date - 1)
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
