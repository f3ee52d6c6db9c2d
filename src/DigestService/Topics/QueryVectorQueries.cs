namespace DigestService.Topics;

/// <summary>SQL of the queries' vectors.</summary>
internal static class QueryVectorQueries
{
    /// <summary>Queries without a vector of this model, with the topic's name where they are one's.</summary>
    public const string Due = """
        -- query_vectors.due
        select q.id, q.canonical,
               (select t.name from topics t where t.query_id = q.id order by t.id limit 1) as topic
        from queries q
        where not exists (select from query_vectors v where v.query_id = q.id and v.model = @model)
        order by q.id
        limit @limit
        """;

    /// <summary>Queries as the first of the readers wrote them who have them as their own.</summary>
    public const string Written = """
        -- query_vectors.written
        select distinct on (query_id) query_id, text
        from preferences
        where query_id = any(@queries)
          and text is not null
        order by query_id, subscriber_id
        """;

    /// <summary>Those with a meaning are matched again against the newest papers. One that was removed meanwhile is passed over.</summary>
    public const string Insert = """
        -- query_vectors.insert
        with made as (
            insert into query_vectors (query_id, model, vector)
            select made.query_id, @model, made.vector
            from unnest(@queries, @vectors) as made (query_id, vector)
            join queries q on q.id = made.query_id
            on conflict (query_id, model) do nothing
            returning query_id, vector)
        update queries
        set matched_at = null
        from made
        where queries.id = made.query_id
          and made.vector <> ''
        """;

    public const string ForgetOtherModels = """
        -- query_vectors.forget_other_models
        delete from query_vectors where model <> @model
        """;

    /// <summary>Papers that are close to a query in meaning and of which nobody has yet looked for the closest sentence.</summary>
    public const string WithoutSentence = """
        -- query_vectors.without_sentence
        select m.query_id, m.paper_id, p.abstract, v.vector
        from topic_matches m
        join papers p on p.id = m.paper_id
        left join query_vectors v on v.query_id = m.query_id and v.model = @model
        where m.closeness is not null
          and m.terms = '{}'
        order by m.paper_id, m.query_id
        limit @limit
        """;

    public const string RememberSentences = """
        -- query_vectors.remember_sentences
        update topic_matches m
        set terms = array[found.sentence]
        from unnest(@queries, @papers, @sentences) as found (query_id, paper_id, sentence)
        where m.query_id = found.query_id
          and m.paper_id = found.paper_id
          and m.closeness is not null
        """;

    public const string ByQuery = """
        -- query_vectors.by_query
        select query_id, vector
        from query_vectors
        where query_id = any(@queries)
          and model = @model
          and vector <> ''
        """;
}
