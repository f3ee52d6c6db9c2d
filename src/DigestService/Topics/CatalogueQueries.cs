namespace DigestService.Topics;

/// <summary>SQL of topics, queries and matches.</summary>
internal static class CatalogueQueries
{
    /// <summary>One row a distinct query, whoever asks first.</summary>
    public const string EnsureQueries = """
        -- topics.ensure_queries
        with missing as materialized (
            select wanted.canonical
            from unnest(@canonicals) as wanted (canonical)
            left join queries q on q.canonical = wanted.canonical
            where q.id is null
        )
        insert into queries (canonical, created_at)
        select canonical, @now
        from missing
        order by canonical
        on conflict (canonical) do nothing
        """;

    /// <summary>Held against removal, in one order, so that two never wait for each other.</summary>
    public const string HoldQueries = """
        -- topics.hold_queries
        select id, canonical
        from queries
        where canonical = any(@canonicals)
        order by id
        for key share
        """;

    /// <summary>Those of the queries that some reader has.</summary>
    public const string AskedByReaders = """
        -- topics.asked_by_readers
        select distinct query_id
        from preferences
        where query_id = any(@queries)
        """;

    /// <summary>Those of the queries that are a topic's.</summary>
    public const string AskedByTopics = """
        -- topics.asked_by_topics
        select query_id
        from topics
        where query_id = any(@queries)
        """;

    /// <summary>Those of the queries that are no topic's, held; the newest may be on their way to a topic or a reader.</summary>
    public const string LockOldQueries = """
        -- topics.lock_old_queries
        select id
        from queries q
        where id = any(@queries)
          and created_at < @before
          and not exists (select from topics t where t.query_id = q.id)
        order by id
        for update skip locked
        """;

    /// <summary>Forgets what such queries match; their rows go faster without it.</summary>
    public const string ForgetMatchesOfQueries = """
        -- topics.forget_matches_of_queries
        delete from topic_matches
        where query_id = any(@queries)
        """;

    /// <summary>Removes queries that the transaction holds and no reader has, but those of topics.</summary>
    public const string Remove = """
        -- topics.remove_queries
        delete from queries q
        where q.id = any(@queries)
          and not exists (select from topics t where t.query_id = q.id)
        returning q.id
        """;

    /// <summary>The catalogue as the seed has it; a topic that left the seed stays, for readers may hold it, and one that the operator edited is theirs.</summary>
    public const string UpsertTopics = """
        -- topics.upsert
        with seeds as materialized (
            select seed.slug, seed.name, seed.topic_group, seed.description, queries.id as query_id
            from unnest(@slugs, @names, @groups, @descriptions, @canonicals) as seed (slug, name, topic_group, description, canonical)
            join queries using (canonical)
        )
        insert into topics (slug, name, topic_group, description, query_id)
        select slug, name, topic_group, description, query_id
        from seeds
        on conflict (slug) do update
        set name = excluded.name, topic_group = excluded.topic_group,
            description = excluded.description, query_id = excluded.query_id
        where topics.edited_at is null
          and (topics.name, topics.topic_group, topics.description, topics.query_id)
            is distinct from (excluded.name, excluded.topic_group, excluded.description, excluded.query_id)
        """;

    /// <summary>The topics that the seed gives another query, and the one they have.</summary>
    public const string AskingOtherwise = """
        -- topics.asking_otherwise
        select t.id, t.query_id as was
        from unnest(@slugs, @canonicals) as seed (slug, canonical)
        join topics t on t.slug = seed.slug
        join queries q on q.canonical = seed.canonical
        where t.edited_at is null
          and t.query_id <> q.id
        order by t.id
        """;

    /// <summary>A topic as the operator wrote it.</summary>
    public const string SaveTopic = """
        -- topics.save
        insert into topics as t (slug, name, topic_group, description, query_id, edited_at)
        select @slug, @name, @group, @description, q.id, @now
        from queries q
        where q.canonical = @canonical
        on conflict (slug) do update
        set name = excluded.name, topic_group = excluded.topic_group, description = excluded.description,
            query_id = excluded.query_id, edited_at = excluded.edited_at
        where not @isNew
        returning t.id
        """;

    /// <summary>The query a topic has before it is saved.</summary>
    public const string QueryOfTopic = """
        -- topics.query_of_topic
        select query_id
        from topics
        where slug = @slug
        """;

    /// <summary>Those who follow a topic follow its new query; whoever has that query as their own keeps it as that.</summary>
    public const string MoveReaders = """
        -- topics.move_readers
        update preferences p
        set query_id = t.query_id
        from unnest(@topics, @were) as changed (topic_id, was)
        join topics t on t.id = changed.topic_id
        where p.query_id = changed.was
          and p.topic_id = t.id
          and p.query_id <> t.query_id
          and not exists (
              select from preferences own
              where own.bucket = p.bucket
                and own.subscriber_id = p.subscriber_id
                and own.query_id = t.query_id)
        """;

    /// <summary>The other topic that has a query already.</summary>
    public const string OtherTopicOf = """
        -- topics.other_topic_of
        select t.name
        from topics t
        join queries q on q.id = t.query_id
        where q.canonical = @canonical
          and t.slug <> @slug
        limit 1
        """;

    public const string ListTopics = """
        -- topics.list
        select t.id, t.slug, t.name, t.topic_group as "group", t.description, t.query_id, q.canonical as query
        from topics t
        join queries q on q.id = t.query_id
        order by t.topic_group, t.name
        """;

    /// <summary>Several processes may match at once; the second finds nothing left to do.</summary>
    public const string LockMatching = """
        -- topics.lock_matching
        select pg_advisory_xact_lock(hashtext('topics.matching'))
        """;

    public const string AllQueries = """
        -- topics.all_queries
        select id, canonical, learnt_terms, learnt_weights, learnt_typical from queries
        """;

    /// <summary>
    /// New queries first; then those that have waited a week, or whose catalogue has doubled since. Each kind has its index.
    /// </summary>
    public const string DueQueries = """
        -- topics.due_queries
        select id, canonical, matched_at is null as is_new,
               exists (select from topics t where t.query_id = due.id) as is_topic
        from (
            (select id, canonical, matched_at
             from queries
             where matched_at is null
             order by id
             limit @limit)
            union
            (select id, canonical, matched_at
             from queries
             where matched_at < @before
             order by matched_at
             limit @limit)
            union
            (select id, canonical, matched_at
             from queries
             where matched_papers < @half
             order by matched_papers
             limit @limit)
        ) as due
        order by matched_at nulls first, id
        limit @limit
        """;

    public const string HasQueries = """
        -- topics.has_queries
        select exists (select from queries)
        """;

    /// <summary>Where there is no query nothing is to be matched: one that comes is held against the newest papers.</summary>
    public const string ForgetWaiting = """
        -- topics.forget_waiting
        delete from unmatched_papers
        """;

    /// <summary>A paper may wait more than once.</summary>
    public const string WaitingPapers = """
        -- topics.waiting_papers
        select id, paper_id
        from unmatched_papers
        order by id
        limit @limit
        """;

    public const string PapersToMatch = """
        -- topics.papers_to_match
        select id, title, abstract, authors, categories, organization, text_version, first_listed_on
        from papers
        where id = any(@papers)
        order by id
        """;

    public const string ForgetMatchesOfPapers = """
        -- topics.forget_matches_of_papers
        delete from topic_matches where paper_id = any(@papers)
        """;

    /// <summary>Those of the queries of a batch that are still there, held against removal.</summary>
    public const string HoldMatchedQueries = """
        -- topics.hold_matched_queries
        select id
        from queries
        where id = any(@queries)
        order by id
        for key share
        """;

    /// <summary>Those of the papers of a batch that are still there, held against removal.</summary>
    public const string HoldMatchedPapers = """
        -- topics.hold_matched_papers
        select id
        from papers
        where id = any(@papers)
        order by id
        for key share
        """;

    /// <summary>Where the matches of a batch are put down, within the transaction.</summary>
    public const string CreateStagedMatches = """
        -- topics.create_staged_matches
        create temporary table staged_matches (
            query_id bigint not null, paper_id bigint not null, relevance real not null, terms text[] not null, is_near boolean not null, closeness real)
        on commit drop
        """;

    public const string CopyMatches = "copy staged_matches (query_id, paper_id, relevance, terms, is_near, closeness) from stdin (format binary)";

    /// <summary>All matches of a batch in one statement, in the order of the index that they are looked up by.</summary>
    public const string MergeMatches = """
        -- topics.merge_matches
        insert into topic_matches (query_id, paper_id, relevance, terms, is_near, closeness)
        select query_id, paper_id, relevance, terms, is_near, closeness
        from staged_matches
        order by query_id, paper_id
        on conflict (query_id, paper_id) do update
        set relevance = excluded.relevance, terms = excluded.terms, is_near = excluded.is_near, closeness = excluded.closeness
        """;

    /// <summary>One transaction may write two batches.</summary>
    public const string DropStagedMatches = """
        -- topics.drop_staged_matches
        drop table staged_matches
        """;

    /// <summary>A paper whose text changed meanwhile waits with a row of its own.</summary>
    public const string RememberPapers = """
        -- topics.remember_papers
        delete from unmatched_papers where id = any(@waiting)
        """;

    /// <summary>A query that learns anew is near to other papers than before.</summary>
    public const string ForgetNearMatchesOfQueries = """
        -- topics.forget_near_matches_of_queries
        delete from topic_matches where query_id = any(@queries) and is_near
        """;

    /// <summary>
    /// Matches of readers' own queries with papers too old for any digest. The topics' stay: the pages of the archive read
    /// them.
    /// </summary>
    public const string ForgetOldMatches = """
        -- topics.forget_old_matches
        delete from topic_matches m
        using papers p
        where m.query_id = any(@ownQueries)
          and p.id = m.paper_id
          and p.first_listed_on < @oldest
        """;

    /// <summary>What each query learnt arrives as array literals, for arrays of arrays must not be ragged.</summary>
    public const string RememberQueries = """
        -- topics.remember_queries
        with learnt as materialized (
            select id, terms::bigint[] as terms, weights::real[] as weights, typical
            from unnest(@queries, @terms, @weights, @typicals) as r (id, terms, weights, typical)
        )
        update queries q
        set matched_at = @now,
            matched_papers = @papers,
            learnt_terms = r.terms,
            learnt_weights = r.weights,
            learnt_typical = r.typical
        from learnt r
        where q.id = r.id
        """;
}
