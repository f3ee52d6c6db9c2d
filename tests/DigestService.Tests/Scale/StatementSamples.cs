namespace DigestService.Tests.Scale;

/// <summary>
/// What each parameter of a statement is filled with when it is explained, by name, or by <c>statement/name</c> where a
/// name means something else there. Amounts are those of one batch of a busy service.
/// </summary>
internal static class StatementSamples
{
    private const int BatchSize = 200;

    private static readonly string Ids = Range(99001);
    private static readonly string OldIds = Range(1);

    private static readonly Dictionary<string, string> Samples = new(StringComparer.Ordinal)
    {
        // Moments and days.
        ["now"] = LargeDatabase.Now,
        ["before"] = LargeDatabase.Now + " - interval '7 days'",
        ["waitedSince"] = LargeDatabase.Now + " - interval '2 hours'",
        ["today"] = "date '2026-03-02'",
        ["day"] = "date '2026-02-20'",
        ["from"] = "date '2026-02-20'",
        ["until"] = "date '2026-03-02'",
        ["earliest"] = "date '2026-02-28'",
        ["oldest"] = "date '2026-02-20'",
        ["newest"] = "date '2026-03-01'",
        ["readyDays"] = "array[date '2026-03-02']",
        ["digestOns"] = "array[date '2026-03-02']",
        ["latestOns"] = "array[date '2026-03-02']",
        ["nextOns"] = "array[date '2026-03-03']",
        ["dueAts"] = $"array[{LargeDatabase.Now}]",
        ["nextAts"] = $"array[{LargeDatabase.Now} + interval '1 day']",
        ["agains"] = Repeated("null", "timestamptz"),
        ["observed"] = Repeated(LargeDatabase.Now, "timestamptz"),
        ["versions"] = Repeated(LargeDatabase.Now, "timestamptz"),
        ["days"] = Repeated("date '2026-03-02'", "date"),
        ["listings.create/days"] = "array[date '2026-03-02']",
        ["delivery_partitions.find_open_to_close/days"] = "1",
        ["delivery_partitions.find_old/days"] = "30",
        ["suppressions.suppress_bounced/days"] = "2",
        // Rows.
        ["id"] = "4711::bigint",
        ["run"] = "4711::bigint",
        ["paperId"] = "299000::bigint",
        ["archive.paper/id"] = "299000::bigint",
        ["archive.topics_of_paper/id"] = "299000::bigint",
        ["queryId"] = "7::bigint",
        ["ids"] = Ids,
        ["subscribers"] = Ids,
        ["subscriberIds"] = Ids,
        ["readers"] = Ids,
        ["deliveries"] = Ids,
        ["fences"] = Repeated("0", "bigint"),
        ["papers"] = Range(299801),
        ["paperIds"] = Range(297001, 3000),
        ["losers"] = "array[299001::bigint]",
        ["winners"] = "array[299002::bigint]",
        ["listings"] = Repeated("7", "bigint"),
        ["queries"] = OldIds,
        ["queryIds"] = OldIds,
        ["topicIds"] = Repeated("1", "bigint"),
        ["ranked"] = "null::bigint[]",
        ["relevance.likes_of_active_readers/readers"] = "2000",
        ["topics.due_queries/papers"] = "300000",
        ["topics.remember_queries/papers"] = "300000",
        // Words.
        ["text"] = "'reader4711'",
        ["words"] = "null::text",
        ["topic"] = "'topic-7'",
        ["source"] = "'huggingface'",
        ["sources"] = "array['huggingface']",
        ["kind"] = "'like'",
        ["deliveries.last_hour/from"] = LargeDatabase.Now + " - interval '1 hour'",
        ["source_runs.end/outcome"] = "'done'",
        ["feedback.give/from"] = "'web'",
        ["state"] = "'active'",
        ["outcome"] = "'expired'",
        ["reason"] = "'bounced'",
        ["digests.close/reason"] = "'Too late.'::text",
        ["detail"] = "''",
        ["asked"] = "''",
        ["owner"] = "'worker'",
        ["arxivId"] = "'2029.09000'",
        ["addressKey"] = "'reader4711@example.org'",
        ["addressKeys"] = "array['reader4711@example.org']",
        ["addresses"] = "array['reader4711@example.org']",
        ["crowded"] = "array['domain1.example', 'domain2.example']",
        ["keys"] = List(g => $"'arxiv:2029.0{1000 + g}'", "text"),
        ["titles"] = "array['title:a study of method 299000 for task 38']",
        ["deliveries.mark_sending/keys"] = Repeated("sha256('x')", "bytea"),
        ["canonicals"] = List(g => $"'query {g}'", "text"),
        ["hash"] = "sha256(int4send(4711))",
        ["hashes"] = List(g => $"sha256(int4send({g}))", "bytea"),
        ["relays"] = Repeated("'relay'", "text"),
        ["replies"] = Repeated("'250 ok'", "text"),
        ["states"] = Repeated("'sent'", "text"),
        ["statuses"] = Repeated("'5.1.1'", "text"),
        ["reasons"] = Repeated("'[]'", "text"),
        ["cuts"] = Repeated("'[]'", "text"),
        ["sections"] = Repeated("'topics'", "text"),
        ["texts"] = Repeated("null", "text"),
        ["terms"] = Repeated("'{}'", "text"),
        ["weights"] = Repeated("1", "real"),
        ["topics.remember_queries/weights"] = Repeated("'{}'", "text"),
        ["zones"] = "array['UTC']",
        ["frequencies"] = "array['daily']",
        ["sendAts"] = "array[time '05:00']",
        ["weeklyOns"] = "array[1::smallint]",
        ["rows"] = "'[]'",
        // Numbers and flags.
        ["limit"] = "50",
        ["offset"] = "0",
        ["batch"] = "500",
        ["chunk"] = "5000",
        ["count"] = "200",
        ["most"] = "100",
        ["lease"] = "30",
        ["groupNumbers"] = "array[1::bigint]",
        ["positions"] = List(g => $"{g + 1}", "integer"),
        ["upvotes"] = Repeated("7", "integer"),
        ["candidates"] = Repeated("7", "integer"),
        ["scores"] = Repeated("0.5", "real"),
        ["relevances"] = Repeated("0.5", "real"),
        ["typicals"] = Repeated("0.5", "real"),
        ["late"] = "array[false]",
        ["near"] = Repeated("false", "boolean"),
        ["muted"] = Repeated("false", "boolean"),
        ["permanents"] = Repeated("true", "boolean"),
        ["faults"] = Repeated("false", "boolean"),
        ["resend"] = "true",
        ["home"] = "'1/1'",
        ["epoch"] = "7",
        ["read"] = "7",
        ["added"] = "7",
        ["updated"] = "7",
        ["duplicates"] = "7",
        ["rejected"] = "7",
        ["slugs"] = Repeated("'topic-7'", "text"),
        ["names"] = Repeated("'Topic 7'", "text"),
        ["groups"] = Repeated("'group'", "text"),
        ["descriptions"] = Repeated("''", "text"),
        ["topics.upsert/slugs"] = List(g => $"'topic-{g}'", "text"),
    };

    /// <summary>The expression for one parameter of a statement; null where a new name has none yet.</summary>
    public static string? Find(string statement, string parameter) =>
        Samples.GetValueOrDefault($"{statement}/{parameter}") ?? Samples.GetValueOrDefault(parameter);

    private static string Range(long first, int count = BatchSize) => List(i => $"{first + i}", "bigint", count);

    private static string Repeated(string value, string type) => List(_ => value, type);

    private static string List(Func<int, string> value, string type, int count = BatchSize) =>
        $"array[{string.Join(", ", Enumerable.Range(0, count).Select(value))}]::{type}[]";
}
