namespace DigestService.Relevance.Embeddings;

/// <summary>SQL of the papers' vectors.</summary>
internal static class EmbeddingQueries
{
    /// <summary>Papers that are new, or have changed, since a moment, and have no vector of this model in their present state; the newest first.</summary>
    public const string DuePapers = """
        -- paper_vectors.due
        select p.id, p.title, p.abstract, p.text_version
        from papers p
        left join paper_vectors v on v.paper_id = p.id and v.model = @model
        where p.updated_at >= @since
          and v.text_version is distinct from p.text_version
        order by p.first_listed_on desc, p.id desc
        limit @limit
        """;

    public const string CountDue = """
        -- paper_vectors.count_due
        select count(*)
        from papers p
        left join paper_vectors v on v.paper_id = p.id and v.model = @model
        where p.updated_at >= @since
          and v.text_version is distinct from p.text_version
        """;

    public const string LastUpdated = """
        -- papers.last_updated
        select max(updated_at) from papers
        """;

    /// <summary>
    /// A paper that was merged meanwhile is passed over. Those listed since @recent are matched again.
    /// </summary>
    public const string Upsert = """
        -- paper_vectors.upsert
        with made as (
            insert into paper_vectors (paper_id, model, text_version, vector)
            select made.paper_id, @model, made.text_version, made.vector
            from unnest(@papers, @versions, @vectors) as made (paper_id, text_version, vector)
            join papers p on p.id = made.paper_id
            on conflict (paper_id, model) do update
            set text_version = excluded.text_version, vector = excluded.vector
            returning paper_id)
        insert into unmatched_papers (paper_id)
        select papers.id
        from made
        join papers on papers.id = made.paper_id
        where papers.first_listed_on >= @recent
        """;

    /// <summary>
    /// The lock that matching holds: a vector is written before matching reads the vectors, or after it has recorded what
    /// it matched, never between.
    /// </summary>
    public const string LockMatching = """
        -- paper_vectors.lock_matching
        select pg_advisory_xact_lock(hashtext('topics.matching'))
        """;

    public const string NewestDay = """
        -- papers.newest_day
        select max(first_listed_on) from papers
        """;

    /// <summary>To be run once every paper has a vector of the present model.</summary>
    public const string ForgetOtherModels = """
        -- paper_vectors.forget_other_models
        delete from paper_vectors where model <> @model
        """;

    public const string NewestPapers = """
        -- paper_vectors.newest_papers
        select id from papers
        order by first_listed_on desc, id desc
        limit @limit
        """;

    /// <summary>
    /// The lock of those who write pairs of papers: two of them, at rows that both change, would wait for each other for ever.
    /// </summary>
    public const string LockSimilar = """
        -- similar_papers.lock
        select pg_advisory_xact_lock(hashtext('similar_papers'))
        """;

    /// <summary>A paper that has changed is no longer close to what it was close to, nor in the same sentence.</summary>
    public const string RememberSimilar = """
        -- similar_papers.remember
        with gone as (
            delete from similar_papers
            where (paper_id = any(@changed) or similar_id = any(@changed))
              and (paper_id, similar_id) not in (
                select one, other from unnest(@papers, @others) as found (one, other)
                union all
                select other, one from unnest(@papers, @others) as found (one, other)))
        insert into similar_papers (paper_id, similar_id, closeness)
        select found.one, found.other, max(found.closeness)
        from (
            select one, other, closeness from unnest(@papers, @others, @closenesses) as f (one, other, closeness)
            union all
            select other, one, closeness from unnest(@papers, @others, @closenesses) as f (one, other, closeness)) found
        join papers a on a.id = found.one
        join papers b on b.id = found.other
        group by found.one, found.other
        on conflict (paper_id, similar_id) do update
        set closeness = excluded.closeness, sentence = null
        """;

    /// <summary>
    /// Similar papers of whose abstracts nobody has yet looked for the closest sentence, the newest in the catalogue first. A
    /// pair whose paper waits for a vector of this model waits with it.
    /// </summary>
    public const string SimilarWithoutSentence = """
        -- similar_papers.without_sentence
        select s.paper_id, s.similar_id, v.vector, v.text_version as paper_version, p.abstract, p.text_version as similar_version
        from similar_papers s
        join paper_vectors v on v.paper_id = s.paper_id and v.model = @model
        join papers p on p.id = s.similar_id
        where s.sentence is null
        order by s.similar_id desc, s.paper_id desc
        limit @limit
        """;

    /// <summary>A sentence that was found for texts which have changed meanwhile is passed over.</summary>
    public const string RememberSimilarSentences = """
        -- similar_papers.remember_sentences
        with found as materialized (
            select f.paper_id, f.similar_id, f.sentence
            from unnest(@papers, @paperVersions, @others, @otherVersions, @sentences) as f (paper_id, paper_version, similar_id, similar_version, sentence)
            join paper_vectors v on v.paper_id = f.paper_id and v.model = @model and v.text_version = f.paper_version
            join papers p on p.id = f.similar_id and p.text_version = f.similar_version
        )
        update similar_papers s
        set sentence = found.sentence
        from found
        where s.paper_id = found.paper_id
          and s.similar_id = found.similar_id
          and s.sentence is null
        """;

    public const string VersionsByPaper = """
        -- paper_vectors.versions_by_paper
        select paper_id, text_version
        from paper_vectors
        where paper_id = any(@papers)
          and model = @model
        """;

    public const string ByPaper = """
        -- paper_vectors.by_paper
        select paper_id, text_version, vector
        from paper_vectors
        where paper_id = any(@papers)
          and model = @model
          and vector <> ''
        """;

    /// <summary>The model most of the newest papers have vectors of; what to read by in a process without a model of its own.</summary>
    public const string PresentModel = """
        -- paper_vectors.present_model
        select v.model
        from (select id from papers order by first_listed_on desc, id desc limit 200) p
        join paper_vectors v on v.paper_id = p.id
        group by v.model
        order by count(*) desc, v.model
        limit 1
        """;
}
