using DigestService.Mail;
using DigestService.Papers;
using DigestService.Platform.Layout;
using DigestService.Sources;
using DigestService.Subscribers;
using DigestService.Topics.Searching;
using NodaTime;

namespace DigestService.Tests.Sources;

/// <summary>Papers that the operator adds, corrects, hides and puts back.</summary>
public sealed class PapersByHandTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Known = """{"id": "2511.00001", "title": "Herons at dusk", "abstract": "On herons.", "authors": ["Ada Lovelace"], "categories": ["cs.CL"], "listed_on": "2026-11-20", "upvotes": 7}""";

    [Fact]
    public async Task A_paper_added_by_hand_is_found_and_stands_above_what_sources_say_later()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var editor = bed.App.Service<PaperEditor>();

        var added = await editor.AddAsync(
            new PaperForm { Title = "Herons at dawn", Abstract = "By hand.", Authors = ["Ada Lovelace"], Arxiv = "https://arxiv.org/abs/2511.00001v2" }, listedOn: null, default);
        await bed.ImportLinesAsync(Known);

        added.Fault.ShouldBeNull();
        var paper = (await bed.ListAsync()).ShouldHaveSingleItem();
        (paper.Id, paper.Title, paper.Abstract, paper.ListedOn).ShouldBe((added.Id!.Value, "Herons at dawn", "By hand.", CatalogueTestBed.Day("2026-11-20")));
        paper.Categories.ShouldBe(["cs.CL"]);
        paper.Upvotes.ShouldBe(7);
        (await SearchAsync(bed, "herons dawn")).ShouldBe([paper.Id]);
    }

    [Fact]
    public async Task A_correction_changes_what_it_names_and_no_source_takes_it_back()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync(Known);
        var id = (await bed.ListAsync())[0].Id;
        var editor = bed.App.Service<PaperEditor>();

        (await editor.CorrectAsync(id, new PaperForm { Title = "Herons at noon", Authors = ["Ada King"] }, version: null, default)).ShouldBe(new EditOutcome(id, null));
        await bed.ImportLinesAsync(Known);
        await bed.ImportLinesAsync("""{"title": "Herons at noon", "summary": "On herons, again.", "authors": ["Ada King"], "listed_on": "2026-11-21"}""");

        var paper = (await bed.ListAsync()).ShouldHaveSingleItem();
        (paper.Title, paper.Abstract, paper.Authors.Single()).ShouldBe(("Herons at noon", "On herons.", "Ada King"));
        paper.Sources.ShouldContain("operator");
        (await SearchAsync(bed, "noon")).ShouldBe([id]);
    }

    [Fact]
    public async Task A_correction_of_what_has_changed_meanwhile_is_refused_and_so_is_another_identity()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync(Known, """{"id": "2511.00002", "title": "Storks", "summary": "On storks.", "listed_on": "2026-11-20"}""");
        var papers = (await bed.ListAsync()).ToDictionary(paper => paper.Title, paper => paper.Id);
        var (herons, storks) = (papers["Herons at dusk"], papers["Storks"]);
        var editor = bed.App.Service<PaperEditor>();
        var version = (await editor.ReadAsync(herons, default)).ShouldNotBeNull().Version();
        await editor.CorrectAsync(herons, new PaperForm { Comment = "12 pages" }, version, default);

        (await editor.CorrectAsync(herons, new PaperForm { Title = "Lost" }, version, default)).Fault.ShouldNotBeNull().Sentence.ShouldContain("changed while you wrote");
        (await editor.CorrectAsync(herons, new PaperForm { Arxiv = "2511.00003" }, version: null, default)).Fault.ShouldNotBeNull().Field.ShouldBe("arxiv");
        (await editor.CorrectAsync(herons, new PaperForm { Title = " " }, version: null, default)).ShouldBe(new EditOutcome(herons, new InputFault("title", "It has no title.")) { IsOfInput = true });
        (await editor.CorrectAsync(herons, new PaperForm { Doi = "10.1000/182" }, version: null, default)).Fault.ShouldBeNull();
        (await editor.CorrectAsync(storks, new PaperForm { Doi = "10.1000/182" }, version: null, default)).Fault.ShouldBe(new InputFault("doi", $"That is paper {herons}."));
        (await editor.CorrectAsync(4711, new PaperForm { Title = "Nobody" }, version: null, default)).ShouldBe(new EditOutcome(null, null));
        (await bed.ListAsync()).Select(paper => paper.Title).Order().ShouldBe(["Herons at dusk", "Storks"]);
    }

    [Theory]
    [InlineData("Herons at dusk", "2511.00001", "known already")]
    [InlineData("Herons at dusk", null, "known already")]
    [InlineData("", null, "no title")]
    [InlineData("Cranes", "25.1", "no arXiv id")]
    [InlineData("Cranes", null, "no http or https address", "ftp://example.org/a")]
    [InlineData("Cranes", null, "no http or https address", "javascript:alert(1)")]
    public async Task What_cannot_be_added_is_told_in_a_sentence_and_nothing_is_written(string title, string? arxiv, string sentence, string? url = null)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync(Known);

        var added = await bed.App.Service<PaperEditor>().AddAsync(
            new PaperForm { Title = title, Arxiv = arxiv, Url = url, Authors = ["Ada Lovelace"] }, listedOn: null, default);

        added.Id.ShouldBeNull();
        added.Fault.ShouldNotBeNull().Sentence.ShouldContain(sentence);
        added.IsOfInput.ShouldBe(sentence != "known already");
        (await bed.ListAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_hidden_paper_is_nowhere_no_source_brings_it_back_and_it_can_be_put_back_as_it_was()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportAsync(bed.Write("2026-11-20.jsonl", Known), "jsonl");
        await bed.App.Service<WordIndex>().CatchUpAsync(default);
        var before = (await bed.ListAsync()).ShouldHaveSingleItem();
        (await SearchAsync(bed, "herons")).ShouldBe([before.Id]);
        var rows = await RowsAsync(bed);
        var hidden = bed.App.Service<HiddenPapers>();

        (await hidden.HideAsync(before.Id, "A request", default)).ShouldBe("Herons at dusk");
        var again = await bed.ImportLinesAsync(
            Known,
            """{"title": "Herons at dusk", "summary": "On herons.", "authors": ["A. Lovelace"], "listed_on": "2026-11-21"}""",
            """{"id": "2511.00009", "title": "Herons at dusk", "summary": "Others' herons.", "authors": ["Grace Hopper"], "listed_on": "2026-11-21"}""");

        (again.Added, again.Duplicates).ShouldBe((1, 2));
        (await bed.ListAsync()).ShouldHaveSingleItem().ArxivId.ShouldBe("2511.00009");
        (await SearchAsync(bed, "2511.00001")).ShouldBeEmpty();
        (await bed.App.Service<PaperEditor>().AddAsync(new PaperForm { Title = "Herons", Arxiv = "2511.00001" }, null, default)).Fault.ShouldNotBeNull().Sentence.ShouldContain("hidden");
        (await hidden.ListAsync(default)).ShouldHaveSingleItem().Reason.ShouldBe("A request");
        (await hidden.HideAsync(before.Id, null, default)).ShouldBeNull();

        (await bed.App.Service<PaperEditor>().PutBackAsync(before.Id, default)).ShouldBe("Herons at dusk");

        (await hidden.ListAsync(default)).ShouldBeEmpty();
        (await hidden.UnhideAsync(before.Id, default)).ShouldBeNull();
        (await RowsAsync(bed)).ShouldBe(rows);
        (await SearchAsync(bed, "herons")).ShouldContain(before.Id);
        (await bed.ImportLinesAsync(Known)).Added.ShouldBe(0);

        async Task<string?> RowsAsync(CatalogueTestBed on) => await on.OneAsync<string>(
            """
            select concat((select to_jsonb(p) - 'updated_at' from papers p where id = @id), (select jsonb_agg(k.key order by k.key) from paper_keys k where paper_id = @id),
                (select jsonb_agg(e) from listing_entries e where paper_id = @id), (select jsonb_agg(v) from votes v where paper_id = @id))
            """,
            new { id = before.Id });
    }

    [Theory]
    [InlineData("""{"title": "Herons at dusk", "summary": "A bare list.", "listed_on": "2026-11-21"}""", 0)]
    [InlineData("""{"title": "Herons at Dusk!", "summary": "On herons.", "authors": ["Lovelace, Ada"], "listed_on": "2026-11-21"}""", 0)]
    [InlineData("""{"title": "Other birds", "id": "2511.00001v3", "summary": "A new title.", "listed_on": "2026-11-21"}""", 0)]
    [InlineData("""{"title": "Herons at dusk", "summary": "By others.", "authors": ["Grace Hopper"], "listed_on": "2026-11-21"}""", 1)]
    [InlineData("""{"title": "Herons at dawn", "summary": "On herons.", "authors": ["Ada Lovelace"], "listed_on": "2026-11-21"}""", 1)]
    public async Task What_is_hidden_is_told_by_the_rule_by_which_a_known_paper_is(string told, int added)
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync(Known);
        await bed.App.Service<HiddenPapers>().HideAsync((await bed.ListAsync())[0].Id, reason: null, default);

        (await bed.ImportLinesAsync(told)).Added.ShouldBe(added);
    }

    [Fact]
    public async Task Links_to_what_was_made_one_with_a_paper_lead_to_it_again_when_it_is_put_back()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync(Known);
        var id = (await bed.ListAsync())[0].Id;
        await bed.App.Database.ExecuteAsync("insert into merged_papers (merged_id, paper_id, merged_at) values (4711, @id, now())", new { id }, default);

        await bed.App.Service<HiddenPapers>().HideAsync(id, reason: null, default);
        await bed.App.Service<PaperEditor>().PutBackAsync(id, default);

        (await bed.OneAsync<long>("select paper_id from merged_papers where merged_id = 4711")).ShouldBe(id);
    }

    [Fact]
    public async Task What_the_operator_writes_stands_above_what_follows_from_an_identifier_or_a_text()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        var editor = bed.App.Service<PaperEditor>();
        var added = await editor.AddAsync(
            new PaperForm { Title = "Herons", Abstract = "Code: https://github.com/a/b", Arxiv = "2511.00001", Url = "https://journal.example/herons" }, listedOn: null, default);
        var id = added.Id!.Value;

        (await editor.ReadAsync(id, default)).ShouldNotBeNull().ShouldSatisfyAllConditions(
            form => form.Url.ShouldBe("https://journal.example/herons"), form => form.Code.ShouldBe("https://github.com/a/b"), form => form.Pdf.ShouldNotBeNull().ShouldContain("arxiv.org/pdf"));
        await editor.CorrectAsync(id, new PaperForm { Title = "Herons, at last", Code = "" }, version: null, default);
        (await editor.ReadAsync(id, default)).ShouldNotBeNull().ShouldSatisfyAllConditions(
            form => form.Url.ShouldBe("https://journal.example/herons"), form => form.Code.ShouldBeEmpty(), form => form.Pdf.ShouldNotBeNull().ShouldContain("arxiv.org/pdf"));
    }

    [Fact]
    public async Task What_readers_thought_of_a_hidden_paper_comes_back_with_it_but_not_what_they_took_back_nor_who_was_erased()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync(Known);
        var paper = (await bed.ListAsync())[0].Id;
        var readers = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var name in (string[])["ada", "grace", "emmy"])
        {
            readers[name] = await bed.App.Database.QuerySingleOrDefaultAsync<long>(
                """
                insert into subscribers (address, address_key, state, next_due_at, next_due_on, created_at, confirmed_at)
                values (@address, @address, 'active', '2026-11-21T07:00Z', '2026-11-21', '2026-11-01', '2026-11-01')
                returning id
                """,
                new { address = $"{name}@mail.example" },
                default);
            await bed.App.Service<Feedback>().GiveAsync(readers[name], [new(paper, "like"), new(paper, "save")], "web", default);
        }

        await bed.App.Service<HiddenPapers>().HideAsync(paper, reason: null, default);
        (await bed.App.Service<Feedback>().SavedAsync(readers["ada"], 10, 0, default)).ShouldBeEmpty();
        EmailAddress.TryParse("ada@mail.example", out var ada).ShouldBeTrue();
        EmailAddress.TryParse("emmy@mail.example", out var emmy).ShouldBeTrue();
        (await bed.App.Service<PersonalData>().ExportAsync(ada, default)).ToString().ShouldContain("Herons at dusk");
        await bed.App.Service<Feedback>().ResetAsync(readers["grace"], default);
        await bed.App.Service<Erasure>().EraseAsync(emmy, default);
        await bed.App.Service<PaperEditor>().PutBackAsync(paper, default);

        (await bed.App.Database.QueryAsync<string>("select subscriber_id || kind from feedback order by 1", null, default)).ShouldBe([$"{readers["ada"]}like", $"{readers["ada"]}save"]);
        (await bed.App.Database.QuerySingleOrDefaultAsync<int>("select count(*)::int from hidden_feedback", null, default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_correction_takes_no_name_of_a_hidden_paper_and_goes_by_a_longer_name_where_another_work_has_the_short_one()
    {
        var bed = await CatalogueTestBed.StartAsync(fixture);
        await bed.ImportLinesAsync(
            Known, """{"title": "Storks", "summary": "On storks.", "authors": ["Ada Lovelace"], "listed_on": "2026-11-20"}""", """{"id": "2511.00002", "title": "Cranes", "summary": "On cranes.", "authors": ["Byron Lovelace"], "listed_on": "2026-11-20"}""");
        var papers = (await bed.ListAsync()).ToDictionary(paper => paper.Title, paper => paper.Id);
        await bed.App.Service<HiddenPapers>().HideAsync(papers["Herons at dusk"], reason: null, default);
        var editor = bed.App.Service<PaperEditor>();

        (await editor.CorrectAsync(papers["Storks"], new PaperForm { Arxiv = "2511.00001" }, version: null, default)).Fault.ShouldNotBeNull().Sentence.ShouldContain("hidden");
        (await editor.CorrectAsync(papers["Cranes"], new PaperForm { Title = "Storks" }, version: null, default)).Fault.ShouldBeNull();
        (await bed.OneAsync<string>("select string_agg(key, ' ' order by key) from paper_keys where paper_id = @id and key like 'title:storks|%'", new { id = papers["Cranes"] }))
            .ShouldBe("title:storks|lovelace|byronlovelace");
    }

    private static async Task<IReadOnlyList<long>> SearchAsync(CatalogueTestBed bed, string text) =>
        (await bed.App.Service<PaperSearch>().FindAsync(text, isExact: true, new(10), default)).Found?.Papers.Select(paper => paper.Id).ToList() ?? [];
}
