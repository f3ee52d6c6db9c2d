using DigestService.Relevance.Embeddings;
using DigestService.Relevance.Search;
using DigestService.Tests.Shared;
using Xunit.Abstractions;

namespace DigestService.Tests.Relevance;

/// <summary>What the sentence model makes of texts that nobody meant for it.</summary>
public sealed class SentenceModelTests(ITestOutputHelper output) : IDisposable
{
    private readonly SentenceEncoder.Lease _lease = SharedEncoder.Instance.Borrow().ShouldNotBeNull();

    private SentenceModel Model => _lease.Model;

    [Theory]
    [InlineData("", "")]
    [InlineData(" \t\r\n", null)]
    [InlineData("\0\0\0", "\0")]
    [InlineData("\u200b\u202e\u2066", null)]
    [InlineData("\ud800", null)]
    [InlineData("ភាសាខ្មែរ នៃកម្ពុជា", null)]
    [InlineData("አማርኛ ቋንቋ ትርጉም", null)]
    [InlineData("🙂🙃🙂🙃", null)]
    [InlineData("... --- !?", "$}{")]
    [InlineData("大型语言模型的推理", "我们提出了一种新的方法")]
    public void A_text_of_which_the_model_knows_less_than_half_has_no_meaning(string title, string? summary)
    {
        (Model.TryEmbedPaper(title, summary) is null).ShouldBeTrue();
        (Model.TryEmbedQuery(title) is null).ShouldBeTrue();
    }

    [Theory]
    [InlineData("Pruning\0 language models", "\0")]
    [InlineData("大型 language model 的 inference", "我们提出了 a new method for pruning")]
    [InlineData("Обучение языковых моделей", null)]
    [InlineData("$\\alpha$-β {[(<!--", "x")]
    [InlineData("Ünïcödé näïvé façade", null)]
    public void A_text_in_odd_letters_has_a_vector_of_length_one(string title, string? summary)
    {
        var vector = Model.TryEmbedPaper(title, summary).ShouldNotBeNull();

        VectorMath.Dot(vector, vector).ShouldBe(1, 1e-4f);
    }

    [Fact]
    public void Two_papers_in_a_script_that_the_model_does_not_know_are_not_taken_for_one_result()
    {
        string[] titles = ["ការរៀនសូត្រ របស់ម៉ាស៊ីន", "រូបវិទ្យា នៃផ្កាយ", "የማሽን ትምህርት", "የከዋክብት ፊዚክስ", "การเรียนรู้ของเครื่อง", "ฟิสิกส์ของดวงดาว", "მანქანური სწავლება", "ვარსკვლავების ფიზიკა", "ᐃᓄᒃᑎᑐᑦ ᐅᖃᐅᓯᖅ", "ᓄᓇᕗᑦ ᓯᓚ"];
        var vectors = titles.Select(title => Model.TryEmbedPaper(title, null)).ToList();

        for (var one = 0; one < titles.Length; one++)
            for (var other = 0; other < one; other++)
            {
                if (vectors[one] is not { } a || vectors[other] is not { } b)
                    continue;
                output.WriteLine($"{titles[one]} | {titles[other]}: {VectorMath.Dot(a, b):0.000}");
                VectorMath.Dot(a, b).ShouldBeLessThan(SimilarPapers.SameResult, $"{titles[one]} | {titles[other]}");
            }
    }

    [Theory]
    [InlineData("word ")]
    [InlineData("a")]
    [InlineData("$}{.,")]
    [InlineData("語")]
    [InlineData("e\u0301")]
    [InlineData("🙂")]
    public void An_enormous_text_is_read_as_far_as_the_model_reads_and_no_further(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 1_000_000));

        var vector = Model.TryEmbedPaper(text, text);

        (vector is null || vector.All(float.IsFinite)).ShouldBeTrue();
        vector.ShouldBe(Model.TryEmbedPaper(text[..100_000], text[..100_000]));
        Cost.ShouldGrowWithTheSize(text.Length, length =>
        {
            var part = text[..length];
            return () => Model.TryEmbedPaper(part, part);
        });
    }

    public void Dispose() => _lease.Dispose();
}
