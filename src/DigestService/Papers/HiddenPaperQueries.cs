namespace DigestService.Papers;

/// <summary>SQL that takes papers out of the catalogue and puts them back.</summary>
internal static class HiddenPaperQueries
{
    /// <summary>Keeps a paper with its names, places in listings, votes and the numbers of rows it was made one with; nothing where there is no such paper.</summary>
    public const string Keep = """
        -- hidden_papers.keep
        insert into hidden_papers (id, title, arxiv_id, reason, hidden_at, keys, paper, listings, votes, merged)
        select p.id, p.title, p.arxiv_id, @reason, @now,
            array(select key from paper_keys where paper_id = p.id),
            to_jsonb(p),
            coalesce((select jsonb_agg(e) from listing_entries e where e.paper_id = p.id), '[]'),
            coalesce((select jsonb_agg(v) from votes v where v.paper_id = p.id), '[]'),
            coalesce((select jsonb_agg(m) from merged_papers m where m.paper_id = p.id), '[]')
        from papers p
        where p.id = @id
        returning title
        """;

    /// <summary>Takes a kept paper out of the catalogue; what readers thought of it is kept, what else belongs to it goes with it.</summary>
    public const string TakeOut = """
        -- hidden_papers.take_out
        select id from papers where id = @id for update;

        insert into hidden_feedback (bucket, subscriber_id, paper_id, kind, given_from, given_at)
        select bucket, subscriber_id, paper_id, kind, given_from, given_at
        from feedback
        where paper_id = @id;

        delete from paper_words where paper_id = @id;

        delete from topic_matches where paper_id = @id;

        delete from papers where id = @id;
        """;

    /// <summary>Puts a paper back as it was, under its former number.</summary>
    public const string PutBack = $"""
        -- hidden_papers.put_back
        insert into papers ({PaperQueries.Columns}, created_at, updated_at)
        overriding system value
        select {PaperQueries.Columns}, created_at, @now
        from (select p.* from hidden_papers h cross join lateral jsonb_populate_record(null::papers, h.paper) as p where h.id = @id) as kept;

        insert into paper_keys (key, paper_id)
        select unnest(keys), id
        from hidden_papers
        where id = @id
        on conflict (key) do nothing;

        insert into listing_entries (listing_id, paper_id, position, upvotes, observed_at)
        select e.listing_id, e.paper_id, e.position, e.upvotes, e.observed_at
        from hidden_papers h
        cross join jsonb_populate_recordset(null::listing_entries, h.listings) as e
        join listings on listings.id = e.listing_id
        where h.id = @id
        for key share of listings;

        insert into votes (paper_id, observed_at, upvotes, seen_until)
        select v.paper_id, v.observed_at, v.upvotes, v.seen_until
        from hidden_papers h
        cross join jsonb_populate_recordset(null::votes, h.votes) as v
        where h.id = @id;

        insert into merged_papers (merged_id, paper_id, merged_at)
        select m.merged_id, m.paper_id, m.merged_at
        from hidden_papers h
        cross join jsonb_populate_recordset(null::merged_papers, h.merged) as m
        where h.id = @id;

        insert into feedback (bucket, subscriber_id, paper_id, kind, given_from, given_at)
        select bucket, subscriber_id, paper_id, kind, given_from, given_at
        from hidden_feedback
        where paper_id = @id;

        delete from hidden_papers where id = @id;
        """;

    public const string Title = """
        -- hidden_papers.title
        select title from hidden_papers where id = @id
        """;

    public const string List = """
        -- hidden_papers.list
        select id, title, arxiv_id, reason, hidden_at
        from hidden_papers
        order by hidden_at desc, id desc
        limit @limit
        """;

    /// <summary>All hidden papers, of which there are few, and the names they go by, in the order of <see cref="PaperColumns"/>.</summary>
    public const string Works = $"""
        -- hidden_papers.works
        select p.*, null::timestamptz as votes_seen_at, h.keys
        from hidden_papers h
        cross join lateral (select {PaperQueries.Columns} from jsonb_populate_record(null::papers, h.paper)) as p
        """;
}
