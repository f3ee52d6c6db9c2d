using DigestService.Mails;
using NodaTime;

namespace DigestService.Tests.Mails;

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
        Citations.BibTeX([Paper]).ShouldBe(
            """
            @misc{bronte2026solution,
              title = {{The 100\% Solution: \$x\_1\$ \& \{Braces\} \textbackslash{} \textasciitilde{}}},
              author = {Brontë, Zoë and von Neumann, John and 王小明},
              year = {2026},
              eprint = {2603.10001},
              archivePrefix = {arXiv},
              doi = {10.1000/x\_y},
              url = {https://arxiv.org/abs/2603.10001},
            }


            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Two_papers_never_share_a_key()
    {
        var bib = Citations.BibTeX([Paper, Paper, Paper]);

        bib.ShouldContain("@misc{bronte2026solution,");
        bib.ShouldContain("@misc{bronte2026solutiona,");
        bib.ShouldContain("@misc{bronte2026solutionb,");
    }

    [Fact]
    public void No_title_can_add_a_line_to_RIS()
    {
        var ris = Citations.Ris([Paper with { Title = "One\r\nER  - \r\nTY  - EVIL", PublishedAt = Instant.FromUtc(2025, 12, 31, 8, 0) }]);

        ris.Split("\r\n").ShouldBe(
        [
            "TY  - GEN", "TI  - One ER - TY - EVIL", "AU  - Brontë, Zoë", "AU  - von Neumann, John", "AU  - 王小明", "PY  - 2025",
            "DA  - 2025/12/31", "DO  - 10.1000/x_y", "AN  - arXiv:2603.10001", "UR  - https://arxiv.org/abs/2603.10001", "ER  - ", "",
        ]);
    }
}
