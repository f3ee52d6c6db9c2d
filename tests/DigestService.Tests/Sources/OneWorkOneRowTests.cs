using DigestService.Papers;
using DigestService.Sources;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Sources;

public class OneWorkOneRowTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Versions_and_addresses_of_one_arXiv_paper_are_one_row()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var result = await bed.ImportLinesAsync(
            """{"id":"2512.09363","title":"A Title","listed_on":"2025-12-11","summary":"Old words."}""",
            """{"id":"arXiv:2512.09363v2","title":"A Better Title","listed_on":"2025-12-18","summary":"New words."}""",
            """{"title":"A Better Title","abs":"http://arxiv.org/abs/2512.09363v3","listed_on":"2025-12-12"}""");

        (result.Added, result.Duplicates).ShouldBe((1, 2));
        var paper = (await bed.ListAsync()).ShouldHaveSingleItem();
        (paper.ArxivId, paper.Title, paper.Abstract).ShouldBe(("2512.09363", "A Better Title", "New words."));
        paper.ListedOn.ShouldBe(CatalogueTestBed.Day("2025-12-11"));
        paper.Url.ShouldBe("https://arxiv.org/abs/2512.09363");
    }

    [Fact]
    public async Task Spellings_of_one_title_by_one_author_are_one_row_and_other_authors_another()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var result = await bed.ImportLinesAsync(
            """{"title":"$\\alpha$-Divergence and Na\\\"ive Low-Rank Models","authors":["Kevin Müller","A. Other"]}""",
            """{"title":"Alpha Divergence and naive low rank models.","authors":["Muller, K."]}""",
            """{"title":"α-divergence and naïve low-rank models","authors":["Jane Doe"]}""");

        (result.Added, result.Duplicates).ShouldBe((2, 1));
    }

    [Fact]
    public async Task A_title_alone_is_the_paper_that_bears_it_and_waits_for_its_identifiers_if_it_comes_first()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        await bed.ImportLinesAsync("""{"title":"First Come","listed_on":"2025-12-11"}""", """{"id":"2512.00002","title":"Then Known","authors":["B. Two"]}""");
        var second = await bed.ImportLinesAsync(
            """{"id":"2512.00001","title":"First come","authors":["A. One"],"listed_on":"2025-12-15"}""",
            """{"title":"Then known","listed_on":"2025-12-15"}""");

        (second.Added, second.Updated).ShouldBe((0, 2));
        var papers = await bed.ListAsync();
        papers.Count.ShouldBe(2);
        papers.Single(paper => paper.ArxivId == "2512.00001").ListedOn.ShouldBe(CatalogueTestBed.Day("2025-12-11"));
    }

    [Theory]
    [InlineData("Attention Is All You Need", "ATTENTION IS ALL YOU NEED")]
    [InlineData("Attention Is All You Need", "attention is all you need")]
    [InlineData("Attention Is All You Need", "Attention is all you need.")]
    [InlineData("Attention Is All You Need", "Attention Is All Y…")]
    [InlineData("Attention Is All You Need", "Attention is all [...]")]
    [InlineData("Is Attention All You Need?", "Is attention all you need?...")]
    public async Task Of_two_spellings_of_a_title_the_better_stands_whoever_brings_it(string better, string worse)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        string Line(string title) => $$"""{"id":"2512.00001","title":"{{title}}","abs":"https://arxiv.org/abs/2512.00001"}""";

        (await bed.ImportLinesAsync(Line(better))).Added.ShouldBe(1);
        await bed.ImportLinesAsync(Line(worse));
        (await bed.ListAsync()).ShouldHaveSingleItem().Title.ShouldBe(better);
        await ImportFeedAsync(bed, $"<guid>urn:lab:1</guid><link>https://arxiv.org/abs/2512.00001</link><title>{worse}</title>", "Thu, 19 Nov 2026 08:00:00 GMT");
        (await bed.ListAsync()).ShouldHaveSingleItem().Title.ShouldBe(better);
        (await bed.ImportLinesAsync(Line(better))).Updated.ShouldBe(0);
        await ImportFeedAsync(bed, $"<guid>urn:lab:2</guid><link>https://arxiv.org/abs/2512.00002</link><title>{worse}</title>", "Thu, 19 Nov 2026 08:00:00 GMT");
        await bed.ImportLinesAsync(Line(better).Replace("00001", "00002", StringComparison.Ordinal));
        (await bed.ListAsync()).ShouldAllBe(paper => paper.Title == better);
    }

    [Theory]
    [InlineData("GPT-4 and BERT", "GPT-4 AND BERT", "GPT-4 AND BERT")]
    [InlineData("Attention Is All You Need", "ATTENTION IS ALL WE NEED", "ATTENTION IS ALL WE NEED")]
    [InlineData("Attention Is All You Need...", "Attention Is All You Need, and More", "Attention Is All You Need, and More")]
    [InlineData("To be, or not to be...", "To be, or not", "To be, or not")]
    public async Task A_title_in_other_words_or_without_a_fault_is_taken(string known, string later, string title)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        await bed.ImportLinesAsync($$"""{"id":"2512.00001","title":"{{known}}"}""");
        await bed.ImportLinesAsync($$"""{"id":"2512.00001","title":"{{later}}"}""");

        (await bed.ListAsync()).ShouldHaveSingleItem().Title.ShouldBe(title);
    }

    [Fact]
    public async Task The_authors_write_their_title_as_they_wish()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        static string Version(int number, string title) =>
            $"""<feed xmlns="http://www.w3.org/2005/Atom"><id>http://arxiv.org/api/x</id><entry><id>http://arxiv.org/abs/2511.00001v{number}</id><title>{title}</title><published>2025-11-20T10:00:00Z</published><updated>2025-11-2{number}T10:00:00Z</updated><summary>About.</summary></entry></feed>""";

        await bed.ImportAsync(bed.Write("1.xml", Version(1, "Springtime")));
        await bed.ImportAsync(bed.Write("2.xml", Version(2, "SPRINGTIME")));

        (await bed.ListAsync()).ShouldHaveSingleItem().Title.ShouldBe("SPRINGTIME");
    }

    [Fact]
    public async Task An_abstract_that_a_feed_cuts_off_does_not_stand_in_place_of_the_whole()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        await bed.ImportLinesAsync("""{"id":"2512.00001","title":"Pruning","summary":"We prune networks and see what is left of them."}""");
        await ImportFeedAsync(bed, "<guid>urn:lab:1</guid><link>https://arxiv.org/abs/2512.00001</link><title>Pruning</title><description>We prune networks and …</description>", "Thu, 19 Nov 2026 08:00:00 GMT");

        (await bed.ListAsync()).ShouldHaveSingleItem().Abstract.ShouldBe("We prune networks and see what is left of them.");
    }

    [Theory]
    [InlineData("<guid>urn:lab:1</guid><title>Pruning networks erly</title>", "<guid>urn:lab:1</guid><title>Pruning networks early</title>", 1)]
    [InlineData("<guid>urn:lab:1</guid><title>Pruning networks erly</title>", "<guid> urn:lab:1 </guid><title>Early pruning</title><author>ada@lab.example (Ada Lovelace)</author>", 1)]
    [InlineData("<guid>urn:lab:1</guid><title>Pruning networks</title>", "<guid>urn:lab:2</guid><title>Growing networks</title>", 2)]
    [InlineData("<guid>urn:today</guid><title>Pruning networks</title>", "<guid>urn:today</guid><title>Growing networks</title>", 2, "Fri, 20 Nov 2026 08:00:00 GMT")]
    [InlineData("<guid>urn:lab</guid><title>Pruning networks</title></item><item><guid>urn:lab</guid><title>Growing networks</title>", "<guid>urn:lab</guid><title>Growing networks</title>", 2)]
    [InlineData("<title>Pruning networks</title>", "<title>Growing networks</title>", 2)]
    public async Task An_entry_of_a_feed_whose_title_is_corrected_stays_the_paper_it_was(string first, string second, int papers, string later = "Thu, 19 Nov 2026 08:00:00 GMT")
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        await ImportFeedAsync(bed, first, "Thu, 19 Nov 2026 08:00:00 GMT");
        await ImportFeedAsync(bed, second, later);
        (await ImportFeedAsync(bed, second, later)).Added.ShouldBe(0);

        var stored = await bed.ListAsync();
        stored.Count.ShouldBe(papers);
        stored.ShouldContain(paper => second.Contains(paper.Title, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_feeds_may_call_their_entries_the_same()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var draft = new PaperDraft { Source = "lab", Title = "Pruning networks", EntryId = "1", PublishedAt = default(Instant), ListedOn = bed.Today, ObservedAt = default };
        await using var writer = new CatalogueWriter(bed.App.Database, bed.App.Clock);

        var written = await writer.WriteAsync([draft, draft with { Source = "journal", Title = "Growing networks" }], default);

        written.Added.Count.ShouldBe(2);
    }

    private static Task<ImportResult> ImportFeedAsync(CatalogueTestBed bed, string items, string date) => bed.ImportAsync(
        bed.Write("lab.xml", $"<rss version=\"2.0\"><channel><title>Lab</title><item>{items.Replace("</item>", $"<pubDate>{date}</pubDate></item>", StringComparison.Ordinal)}<pubDate>{date}</pubDate></item></channel></rss>"), "feed");

    [Fact]
    public async Task Two_arXiv_papers_of_one_title_stay_two()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var result = await bed.ImportLinesAsync(
            """{"id":"2512.00001","title":"Reply to Comments","authors":["A. One"]}""",
            """{"id":"2512.00002","title":"Reply to comments","authors":["A. One"]}""",
            """{"title":"Reply to comments"}""");

        (result.Added, result.Duplicates).ShouldBe((2, 1));
    }

    [Fact]
    public async Task Rows_that_turn_out_to_be_one_work_become_one_and_all_that_named_the_other_follows()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync(
            """{"title":"A Preprint Title","authors":["A. One"],"doi":"10.1000/xyz","listed_on":"2025-12-01","upvotes":3}""",
            """{"id":"2512.00001","title":"A Quite Different Title","authors":["A. One"],"listed_on":"2025-12-02","upvotes":7}""",
            """{"id":"2512.00009","title":"Another","authors":["Z. Last"]}""");
        var ids = (await bed.ListAsync()).ToDictionary(paper => paper.Title, paper => paper.Id);
        var (older, younger) = (ids["A Preprint Title"], ids["A Quite Different Title"]);
        await bed.App.Database.ExecuteAsync(
            """
            insert into subscribers (address, address_key, state, created_at) values ('a@example.org', 'a@example.org', 'paused', now());
            insert into queries (canonical, created_at) values ('unseen', now());
            insert into earlier_papers (subscriber_id, paper_id) select id, @younger from subscribers;
            insert into feedback (subscriber_id, paper_id, kind, given_from, given_at) select id, @younger, 'like', 'web', now() from subscribers;
            insert into topic_matches (query_id, paper_id, relevance) select id, @younger, 0.5 from queries;
            insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, papers, scores)
            select id, '2025-12-03', now(), 'queued', now(), array[@younger], array[1] from subscribers;
            """,
            new { younger },
            CancellationToken.None);

        await bed.ImportLinesAsync("""{"id":"2512.00001","doi":"10.1000/XYZ","title":"A Quite Different Title","authors":["A. One"],"listed_on":"2025-12-02","upvotes":7}""");

        var papers = await bed.ListAsync();
        papers.Count.ShouldBe(2);
        var survivor = papers.Single(paper => paper.ArxivId == "2512.00001");
        (survivor.Id, survivor.ListedOn, survivor.Upvotes).ShouldBe((older, CatalogueTestBed.Day("2025-12-01"), 7));
        foreach (var table in new[] { "earlier_papers", "seen_papers", "feedback", "digest_items" })
            (await bed.OneAsync<long>($"select paper_id from {table}")).ShouldBe(older, table);
        (await bed.OneAsync<int>("select max(upvotes) from votes where paper_id = @older", new { older })).ShouldBe(7);
        (await bed.OneAsync<int>("select count(*)::integer from listing_entries where paper_id = @older", new { older })).ShouldBe(2);
        (await bed.OneAsync<int>("select count(*)::integer from paper_keys where paper_id = @younger", new { younger })).ShouldBe(0);
    }

    [Fact]
    public async Task Of_a_like_and_a_less_on_two_rows_of_one_work_the_later_counts()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync(
            """{"title":"A Preprint Title","authors":["A. One"],"doi":"10.1000/xyz"}""",
            """{"id":"2512.00001","title":"A Quite Different Title","authors":["A. One"]}""");
        await bed.App.Database.ExecuteAsync(
            """
            insert into subscribers (address, address_key, state, created_at)
            select name, name, 'paused', now() from unnest(array['a@example.org', 'b@example.org']) as name;
            insert into feedback (bucket, subscriber_id, paper_id, kind, given_from, given_at)
            select s.bucket, s.id, p.id, case when p.doi is null then 'like' else 'less' end, 'web',
                   case when (p.doi is null) = (s.address like 'a%') then now() else now() - interval '1 day' end
            from subscribers s, papers p
            union all
            select bucket, s.id, p.id, 'save', 'web', now() from subscribers s, papers p
            """,
            null,
            CancellationToken.None);

        await bed.ImportLinesAsync("""{"id":"2512.00001","doi":"10.1000/XYZ","title":"A Quite Different Title","authors":["A. One"]}""");

        (await bed.App.Database.QueryAsync<string>(
            "select left(s.address, 1) || ' ' || f.kind from feedback f join subscribers s on s.id = f.subscriber_id order by 1", null, CancellationToken.None))
            .ShouldBe(["a like", "a save", "b less", "b save"]);
    }

    [Fact]
    public async Task Every_table_that_names_papers_takes_part_when_rows_are_merged()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var tables = await bed.App.Database.QueryAsync<string>(
            """
            select relations.relname::text
            from pg_attribute as attributes
            join pg_class as relations on relations.oid = attributes.attrelid
            join pg_namespace as spaces on spaces.oid = relations.relnamespace
            where attributes.attname = 'paper_id' and spaces.nspname = 'public' and relations.relkind in ('r', 'p') and not relations.relispartition
            """,
            null,
            CancellationToken.None);

        // The vector of a row goes with the row, and what it is close to; the one that stays has its own or gets one.
        // What waits for words or matching waits for the row that stays, whose text has changed, or for nothing.
        // What readers thought of a hidden paper names a row that is out of papers, and so out of any merge.
        tables.Except(["paper_vectors", "similar_papers", "unindexed_papers", "unmatched_papers", "hidden_feedback"]).ShouldAllBe(table => PaperQueries.MoveMerged.Contains(table));
    }

    [Fact]
    public async Task The_archives_words_stand_above_a_copys_whichever_came_first()
    {
        const string Copy = """[{"paper":{"id":"2512.00001","title":"Copied title","summary":"Copied.","authors":[{"name":"A. One"}],"submittedOnDailyAt":"2025-12-05T01:00:00.000Z","upvotes":4,"githubRepo":"https://github.com/a/b"},"title":"Copied title"}]""";
        const string Original = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"><entry><id>http://arxiv.org/abs/2512.00001v1</id><title>Original Title</title><updated>2025-12-01T10:00:00Z</updated><published>2025-12-01T10:00:00Z</published><summary>Original.</summary><author><name>Ann One</name></author></entry></feed>""";
        var one = await CatalogueTestBed.StartAsync(fixture);
        var other = await CatalogueTestBed.StartAsync(fixture);

        await one.ImportAsync(one.Write("copy.json", Copy));
        await one.ImportAsync(one.Write("original.xml", Original));
        await other.ImportAsync(other.Write("original.xml", Original));
        await other.ImportAsync(other.Write("copy.json", Copy));

        foreach (var bed in new[] { one, other })
        {
            var paper = (await bed.ListAsync()).ShouldHaveSingleItem();
            (paper.Title, paper.Abstract, paper.Authors[0]).ShouldBe(("Original Title", "Original.", "Ann One"));
            (paper.CodeUrl, paper.Upvotes, paper.ListedOn).ShouldBe(("https://github.com/a/b", 4, CatalogueTestBed.Day("2025-12-02")));
            paper.Sources.Order().ShouldBe(["arxiv", "huggingface"]);
        }
    }

    [Fact]
    public async Task Votes_are_kept_as_they_were_observed_and_only_when_they_changed()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);

        await bed.ImportAsync(bed.Write("a-2025-12-01.jsonl", Line(5)), "jsonl");
        await bed.ImportAsync(bed.Write("a-2025-12-03.jsonl", Line(9)), "jsonl");
        await bed.ImportAsync(bed.Write("a-2025-12-04.jsonl", Line(9)), "jsonl");
        await bed.ImportAsync(bed.Write("a-2025-12-02.jsonl", Line(6)), "jsonl");

        (await bed.App.Database.QueryAsync<int>("select upvotes from votes order by observed_at", null, CancellationToken.None)).ShouldBe([5, 6, 9]);
        (await bed.ListAsync()).ShouldHaveSingleItem().Upvotes.ShouldBe(9);

        static string Line(int upvotes) => $$"""{"id":"2512.00001","title":"A Title","listed_on":"2025-12-01","upvotes":{{upvotes}}}""";
    }

    [Fact]
    public async Task New_papers_meet_the_queries_that_wait_for_them()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.App.Database.ExecuteAsync("insert into queries (canonical, created_at) values ('diffusion', now())", null, CancellationToken.None);
        var lines = bed.Write("lines.jsonl", """{"title":"Diffusion Models","summary":"On diffusion."}""");
        var inputs = ImportInput.FromPaths([lines], PaperFormat.Jsonl, null, bed.App.Clock.GetCurrentInstant());

        await bed.App.Service<PaperImport>().ImportAsync(inputs, progress: null, CancellationToken.None);

        (await bed.OneAsync<int>("select count(*)::integer from topic_matches")).ShouldBe(1);
    }

    [Fact]
    public async Task Months_of_Hugging_Face_and_arXiv_come_in_without_unexplained_refusals_and_twice_changes_nothing()
    {
        var folders = new[] { "hf-daily", "arxiv-atom-api", "arxiv-oai-ads/tests/stubdata/input", "arxiv-1000-tags" }.Select(folder => SharedData.Require("data/" + folder)).ToArray();
        var bed = await CatalogueTestBed.StartAsync(fixture);

        var first = await bed.ImportAllAsync(folders);
        var second = await bed.ImportAllAsync(folders);

        first.Rejections.Select(rejection => rejection.Reason).ShouldAllBe(reason => reason.StartsWith("arXiv answers") || reason.StartsWith("The format is not recognised"));
        first.Rejected.ShouldBe(2);
        first.Added.ShouldBeGreaterThan(3_000);
        (second.Added, second.Updated, second.Rejected).ShouldBe((0, 0, 2));
        second.Duplicates.ShouldBe(first.Added + first.Updated + first.Duplicates);
    }
    [Fact]
    public async Task Votes_that_another_row_of_the_work_brings_along_stand_between_those_that_are_told_again()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        const string cranes = """{"title": "Cranes", "id": "2603.00001", "upvotes": 5}""";
        await bed.ImportAsync(bed.Write("a.jsonl", cranes), "jsonl", CatalogueTestBed.Day("2026-03-01"));
        await bed.ImportAsync(bed.Write("b.jsonl", cranes), "jsonl", CatalogueTestBed.Day("2026-03-09"));
        await bed.ImportAsync(bed.Write("c.jsonl", """{"title": "On cranes", "doi": "10.1000/182", "upvotes": 7}"""), "jsonl", CatalogueTestBed.Day("2026-03-05"));

        await bed.ImportAsync(bed.Write("d.jsonl", """{"title": "Cranes", "id": "2603.00001", "doi": "10.1000/182", "upvotes": 5}"""), "jsonl", CatalogueTestBed.Day("2026-03-09"));

        (await bed.OneAsync<int>("select count(*)::integer from papers")).ShouldBe(1);
        (await bed.OneAsync<string>("select string_agg(concat(upvotes, ' on ', (observed_at at time zone 'utc')::date), ', ' order by observed_at) from votes"))
            .ShouldBe("5 on 2026-03-02, 7 on 2026-03-06, 5 on 2026-03-10");
    }

}
