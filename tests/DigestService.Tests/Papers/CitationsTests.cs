using System.Text.Json;
using DigestService.Papers.Citations;
using NodaTime;

namespace DigestService.Tests.Papers;

public sealed class CitationsTests
{
    private static readonly CitedPaper Paper = new()
    {
        Id = 5,
        Title = "The 100% Solution: $x_1$ & {Braces} \\ ~",
        Authors = ["Zoë Brontë", "von Neumann, John", "王小明"],
        ArxivId = "2603.10001",
        Doi = "10.1000/x_y",
        Url = "https://arxiv.org/abs/2603.10001",
        FirstListedOn = new LocalDate(2026, 3, 5),
    };

    [Fact]
    public void BibTeX_escapes_what_TeX_would_act_on()
    {
        BibTeX.Write([Paper]).ShouldBe(
            """
            @misc{bronte2026solution,
              title = {{The 100\% Solution: \$x\_1\$ \& \{Braces\} \textbackslash{} \textasciitilde{}}},
              author = {Brontë, Zoë and von Neumann, John and 王小明},
              year = {2026},
              eprint = {2603.10001},
              archivePrefix = {arXiv},
              doi = {10.1000/x_y},
              url = {https://arxiv.org/abs/2603.10001},
            }


            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Two_papers_never_share_a_key()
    {
        var bib = BibTeX.Write([Paper, Paper, Paper]);

        bib.ShouldContain("@misc{bronte2026solution,");
        bib.ShouldContain("@misc{bronte2026solutiona,");
        bib.ShouldContain("@misc{bronte2026solutionb,");
    }

    [Fact]
    public void No_title_can_add_a_line_to_RIS()
    {
        var ris = Ris.Write([Paper with { Title = "One\r\nER  - \r\nTY  - EVIL", PublishedAt = Instant.FromUtc(2025, 12, 31, 8, 0) }]);

        ris.Split("\r\n").ShouldBe(
        [
            "TY  - GEN", "TI  - One ER - TY - EVIL", "AU  - Brontë, Zoë", "AU  - von Neumann, John", "AU  - 王小明", "PY  - 2025",
            "DA  - 2025/12/31", "DO  - 10.1000/x_y", "AN  - arXiv:2603.10001", "UR  - https://arxiv.org/abs/2603.10001", "ER  - ", "",
        ]);
    }

    // Name as written; as BibTeX, as RIS and as CSL have it.
    [Theory]
    [InlineData("Gemini Team", "{Gemini Team}", "Gemini Team", "|Gemini Team")]
    [InlineData("Google DeepMind", "{Google DeepMind}", "Google DeepMind", "|Google DeepMind")]
    [InlineData("Team GLM", "{Team GLM}", "Team GLM", "|Team GLM")]
    [InlineData("The ATLAS Collaboration", "{The ATLAS Collaboration}", "The ATLAS Collaboration", "|The ATLAS Collaboration")]
    [InlineData("Laurens van der Maaten", "van der Maaten, Laurens", "van der Maaten, Laurens", "Maaten|Laurens|van der|")]
    [InlineData("Charles de Gaulle", "de Gaulle, Charles", "de Gaulle, Charles", "Gaulle|Charles|de|")]
    [InlineData("von Neumann, John", "von Neumann, John", "von Neumann, John", "Neumann|John|von|")]
    [InlineData("Martin Luther King Jr.", "King, Jr., Martin Luther", "King, Martin Luther, Jr.", "King|Martin Luther||Jr.")]
    [InlineData("Adlai E. Stevenson III", "Stevenson, III, Adlai E.", "Stevenson, Adlai E., III", "Stevenson|Adlai E.||III")]
    [InlineData("Robert Downey, Jr.", "Downey, Jr., Robert", "Downey, Robert, Jr.", "Downey|Robert||Jr.")]
    [InlineData("King, Martin Luther, Jr.", "King, Jr., Martin Luther", "King, Martin Luther, Jr.", "King|Martin Luther||Jr.")]
    [InlineData("张伟", "张伟", "张伟", "|张伟")]
    [InlineData("李 娜", "李, 娜", "李, 娜", "李|娜||")]
    [InlineData("Barnes and Noble, Inc.", "{Barnes and Noble, Inc.}", "Barnes and Noble Inc.", "|Barnes and Noble, Inc.")]
    [InlineData("Procter & Gamble", "{Procter \\& Gamble}", "Procter & Gamble", "|Procter & Gamble")]
    [InlineData("Paul Erdős", "Erdős, Paul", "Erdős, Paul", "Erdős|Paul||")]
    [InlineData("Doe J", "Doe, J", "Doe, J", "Doe|J||")]
    [InlineData("Doe J.", "Doe, J.", "Doe, J.", "Doe|J.||")]
    [InlineData("Doe J.-P.", "Doe, J.-P.", "Doe, J.-P.", "Doe|J.-P.||")]
    [InlineData("van der Berg J.P.", "van der Berg, J.P.", "van der Berg, J.P.", "Berg|J.P.|van der|")]
    [InlineData("J. R. R. Tolkien", "Tolkien, J. R. R.", "Tolkien, J. R. R.", "Tolkien|J. R. R.||")]
    [InlineData("García Márquez, Gabriel", "García Márquez, Gabriel", "García Márquez, Gabriel", "García Márquez|Gabriel||")]
    [InlineData("Plato", "Plato", "Plato", "|Plato")]
    public void Names_are_cited_in_their_parts(string name, string bibTeX, string ris, string csl)
    {
        CitedPaper[] papers = [Paper with { Authors = [name] }];

        BibTeX.Write(papers).ShouldContain($"  author = {{{bibTeX}}},\n");
        Ris.Write(papers).ShouldContain($"\r\nAU  - {ris}\r\n");
        var author = JsonDocument.Parse(CslJson.Write(papers)).RootElement[0].GetProperty("author")[0];
        var parts = author.TryGetProperty("literal", out var literal)
            ? "|" + literal.GetString()
            : string.Join('|', new[] { "family", "given", "non-dropping-particle", "suffix" }.Select(part => author.TryGetProperty(part, out var value) ? value.GetString() : ""));
        parts.ShouldBe(csl);
    }

    [Theory]
    [InlineData("10.1007/978-3-030-58452-8_13", "https://doi.org/10.1007/978-3-030-58452-8_13")]
    [InlineData("10.1000/a_b%20c#d", "https://doi.org/10.1000/a_b%2520c%23d")]
    [InlineData("10.1000/x~y^z", "https://doi.org/10.1000/x~y%5Ez")]
    [InlineData("10.1002/(sici)1097-4571(199706)48:6<529::aid-asi5>3.0.co;2-r", "https://doi.org/10.1002/(sici)1097-4571(199706)48:6%3C529::aid-asi5%3E3.0.co;2-r")]
    public void DOIs_stand_as_they_are_and_always_with_an_address(string doi, string address)
    {
        CitedPaper[] papers = [Paper with { Doi = doi, Url = null, ArxivId = null }];

        BibTeX.Write(papers).ShouldContain($"  doi = {{{doi}}},\n  url = {{{address}}},\n");
        Ris.Write(papers).ShouldContain($"DO  - {doi}\r\nUR  - {address}\r\n");
        var csl = JsonDocument.Parse(CslJson.Write(papers)).RootElement[0];
        (csl.GetProperty("DOI").GetString(), csl.GetProperty("URL").GetString()).ShouldBe((doi, address));
    }

    [Fact]
    public void A_paper_without_authors_credits_nobody()
    {
        CitedPaper[] papers = [Paper with { Authors = [] }];

        BibTeX.Write(papers).ShouldStartWith("@misc{paper2026solution,\n  title = ");
        BibTeX.Write(papers).ShouldNotContain("author");
        Ris.Write(papers).ShouldNotContain("AU  -");
        CslJson.Write(papers).ShouldNotContain("author");
    }

    [Theory]
    [InlineData("Søren Łukasz Ørsted", "@misc{orsted2026solution,")]
    [InlineData("Laurens van der Maaten", "@misc{maaten2026solution,")]
    [InlineData("张伟", "@misc{paper2026solution,")]
    [InlineData("The ATLAS Collaboration", "@misc{theatlascollaboration2026solution,")]
    [InlineData("Nguyễn Thị Hoà", "@misc{hoa2026solution,")]
    public void Keys_are_plain_letters(string author, string key) =>
        BibTeX.Write([Paper with { Authors = [author] }]).ShouldStartWith(key);

    [Fact]
    public void A_paper_without_a_Latin_letter_has_a_key_of_its_own_in_every_file() =>
        BibTeX.Write([Paper with { Authors = ["张伟"], Title = "图的着色", ArxivId = "2601.00002" }]).ShouldStartWith("@misc{paper2026260100002,");
}
