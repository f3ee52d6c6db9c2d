using DigestService.Tests.Shared;
using DigestService.Topics.Starting;

namespace DigestService.Tests.Topics.Starting;

public sealed class PastedReferencesTests
{
    [Theory]
    [InlineData("2512.09363", "arxiv:2512.09363")]
    [InlineData("arXiv: 2512.09363v2 [cs.LG]", "arxiv:2512.09363")]
    [InlineData("https://arxiv.org/abs/2512.09363v1", "arxiv:2512.09363")]
    [InlineData("https://arxiv.org/pdf/2512.09363.pdf", "arxiv:2512.09363")]
    [InlineData("<https://huggingface.co/papers/2512.09363>", "arxiv:2512.09363")]
    [InlineData("https://doi.org/10.48550/arXiv.2512.09363", "arxiv:2512.09363")]
    [InlineData("hep-th/9901001", "arxiv:hep-th/9901001")]
    [InlineData("https://papers.example/arxiv/hep-th/9901001v2/#top", "arxiv:hep-th/9901001")]
    [InlineData("10.1000/2512.09363", "doi:10.1000/2512.09363")]
    [InlineData("https://link.springer.example/article/10.1007/s00153-015-0433-z#Abs1", "doi:10.1007/s00153-015-0433-z")]
    [InlineData("journals.example.org/one/article?id=10.1371/journal.pone.0123456&type=printable", "doi:10.1371/journal.pone.0123456")]
    [InlineData("https://www.example.org/articles/10.3389/fnins.2020.00001/full", "doi:10.3389/fnins.2020.00001")]
    [InlineData("https://www.biorxiv.org/content/10.1101/2026.02.03.123456v2.full.pdf+html", "doi:10.1101/2026.02.03.123456")]
    [InlineData("https://www.biorxiv.org/content/early/2026/02/03/10.1101/2026.02.03.123456", "doi:10.1101/2026.02.03.123456")]
    [InlineData("https://api.example.org/works/10.1000%2F182", "doi:10.1000/182")]
    [InlineData("https://onlinelibrary.example.com/doi/abs/10.1002/(SICI)1097-4571(199601)47:1", "doi:10.1002/(sici)1097-4571(199601)47:1")]
    [InlineData("doi:10.1000/182", "doi:10.1000/182")]
    [InlineData("https://doi.org/10.1000/182.", "doi:10.1000/182")]
    [InlineData("A. Lovelace et al. (2025). On engines. arXiv:2512.09363, and more", "arxiv:2512.09363")]
    [InlineData("10.1016/S0140-6736(20)30183-5", "doi:10.1016/s0140-6736(20)30183-5 doi:10.1016/s0140-6736")]
    [InlineData("[2512.09363](1706.03762)", "arxiv:2512.09363 arxiv:1706.03762")]
    [InlineData("2512.09363, 2512.09363v2; 1706.03762", "arxiv:2512.09363 arxiv:1706.03762")]
    public void An_identifier_is_found_in_every_dress_and_once(string text, string keys) =>
        string.Join(' ', PastedReferences.Read(text).References.SelectMany(reference => reference.Keys)).ShouldBe(keys);

    [Theory]
    [InlineData("@article{a, eprint = {2512.09363}, title = {On {E}ngines}}", "arxiv:2512.09363", "On Engines")]
    [InlineData("@article{a, title = {Engines, {and} more}, eprint = {2512.09363}}", "arxiv:2512.09363", "Engines, and more")]
    [InlineData("@article(a, eprint = \"2512.09363\", archivePrefix=\"arXiv\")", "arxiv:2512.09363", null)]
    [InlineData("@misc{a,\n  title={{On} engines},\n  journal={arXiv preprint arXiv:2512.09363},\n}", "arxiv:2512.09363", "On engines")]
    [InlineData("@inproceedings{a, doi = {10.1000/18\\_2}, title = \"Sch{\\\"o}n, {A} = B\", year = 2024}", "doi:10.1000/18_2", "Schön, A = B")]
    [InlineData("@article{a, url = {https://arxiv.org/abs/2512.09363}", "arxiv:2512.09363", null)]
    [InlineData("@article{a,\n title = {Left open\n@article{b, eprint={2512.09363}}", "|arxiv:2512.09363", "Left open|")]
    [InlineData("@string{x = {y}} @comment{eprint = {1706.03762}} @book{only-a-key, year=1999}", "", null)]
    public void An_entry_of_BibTeX_is_read_however_it_is_closed(string text, string keys, string? title)
    {
        var references = PastedReferences.Read(text).References;

        string.Join('|', references.Select(reference => string.Join(' ', reference.Keys))).ShouldBe(keys);
        string.Join('|', references.Select(reference => reference.Title)).ShouldBe(title ?? "");
        references.ShouldAllBe(reference => reference.Author == null);
    }

    [Fact]
    public void A_line_without_an_identifier_may_be_a_title_or_a_name_and_a_link_that_says_nothing_is_named_as_such()
    {
        var references = PastedReferences.Read(
            """
            1. Attention is all you need
            [2] Lovelace, Ada
            author:"Charles Babbage"
            ada@mail.example
            • 2 Fast 2 Furious

            ---
            https://openreview.net/forum?id=abc
            """).References;

        references.Select(reference => (reference.Written, reference.Author)).ShouldBe(
        [
            ("Attention is all you need", "Attention is all you need"), ("Lovelace, Ada", "Lovelace, Ada"),
            ("author:\"Charles Babbage\"", "Charles Babbage"), ("ada@mail.example", "ada@mail.example"),
            ("2 Fast 2 Furious", "2 Fast 2 Furious"),
            ("https://openreview.net/forum?id=abc", null),
        ]);
    }

    [Fact]
    public void No_more_than_a_hundred_are_read_and_that_is_said()
    {
        string Lines(int count) => string.Join('\n', Enumerable.Range(0, count).Select(n => $"2512.{n:00000}"));

        PastedReferences.Read(Lines(100)).ShouldSatisfyAllConditions(all => all.References.Count.ShouldBe(100), all => all.IsCut.ShouldBeFalse());
        PastedReferences.Read(Lines(101)).ShouldSatisfyAllConditions(all => all.References.Count.ShouldBe(100), all => all.IsCut.ShouldBeTrue());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("@a{")]
    [InlineData("@article{x,a={")]
    [InlineData("\\")]
    [InlineData("=,\"")]
    [InlineData("😀")]
    public void Whatever_is_pasted_is_read_in_a_time_that_grows_with_its_length_and_no_further_than_it_goes(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, PastedReferences.LongestText / piece.Length));

        PastedReferences.Read(text).References.ShouldAllBe(reference => reference.Written.Length <= 121);
        foreach (var start in (string[])["@article{k, title = ", "@article{k, title = {", "@article{k, title = \"", "@"])
            for (var length = 0; length < 40; length++)
                PastedReferences.Read(start + text[..Math.Min(length, text.Length)]).IsCut.ShouldBeFalse();

        Cost.ShouldGrowWithTheSize(text.Length, length => () => PastedReferences.Read(text[..length]));
    }
}
