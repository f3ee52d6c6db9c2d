namespace DigestService.Relevance.Embeddings;

/// <summary>SQL of the papers' vectors.</summary>
internal static class EmbeddingQueries
{
    /// <summary>Papers that are new, or have changed, since a moment, and have no vector of this model in their present state; the newest first.</summary>
    public const string DuePapers = """
        -- paper_vectors.due
        select p.id, p.title, p.abstract, p.updated_at, v.text_hash
        from papers p
        left join paper_vectors v on v.paper_id = p.id and v.model = @model
        where p.updated_at >= @since
          and v.paper_updated_at is distinct from p.updated_at
        order by p.first_listed_on desc, p.id desc
        limit @limit
        """;

    public const string CountDue = """
        -- paper_vectors.count_due
        select count(*)
        from papers p
        left join paper_vectors v on v.paper_id = p.id and v.model = @model
        where p.updated_at >= @since
          and v.paper_updated_at is distinct from p.updated_at
        """;

    /// <summary>A paper that was erased or merged meanwhile is passed over.</summary>
    public const string Upsert = """
        -- paper_vectors.upsert
        insert into paper_vectors (paper_id, model, paper_updated_at, text_hash, vector)
        select made.paper_id, @model, made.paper_updated_at, made.text_hash, made.vector
        from unnest(@papers, @versions, @hashes, @vectors) as made (paper_id, paper_updated_at, text_hash, vector)
        join papers p on p.id = made.paper_id
        on conflict (paper_id, model) do update
        set paper_updated_at = excluded.paper_updated_at, text_hash = excluded.text_hash, vector = excluded.vector
        """;

    /// <summary>The text is as it was: only the state that was looked at moves on.</summary>
    public const string Touch = """
        -- paper_vectors.touch
        update paper_vectors v
        set paper_updated_at = seen.paper_updated_at
        from unnest(@papers, @versions) as seen (paper_id, paper_updated_at)
        where v.paper_id = seen.paper_id
          and v.model = @model
        """;

    /// <summary>To be run once every paper has a vector of the present model.</summary>
    public const string ForgetOtherModels = """
        -- paper_vectors.forget_other_models
        delete from paper_vectors where model <> @model
        """;

    public const string ByPaper = """
        -- paper_vectors.by_paper
        select paper_id, vector
        from paper_vectors
        where paper_id = any(@papers)
          and model = @model
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
