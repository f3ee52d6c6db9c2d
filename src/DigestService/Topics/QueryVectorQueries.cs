namespace DigestService.Topics;

/// <summary>SQL of the queries' vectors.</summary>
internal static class QueryVectorQueries
{
    /// <summary>Queries without a vector of this model, as a reader wrote them where one did, with the topic's name where they are one's.</summary>
    public const string Due = """
        -- query_vectors.due
        select q.id, q.canonical,
               (select t.name from topics t where t.query_id = q.id order by t.id limit 1) as topic,
               (select p.text from preferences p where p.query_id = q.id and p.text is not null order by p.subscriber_id limit 1) as text
        from queries q
        where not exists (select from query_vectors v where v.query_id = q.id and v.model = @model)
        order by q.id
        limit @limit
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

    public const string All = """
        -- query_vectors.all
        select query_id, vector
        from query_vectors
        where model = @model
          and vector <> ''
        """;
}
