using DigestService.Platform;
using DigestService.Relevance.Evaluation;

namespace DigestService.Tests.Relevance;

/// <summary>What <c>rank</c> says of a folder that cannot be measured.</summary>
public sealed class EvaluationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("evaluation").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("corpus.jsonl", "{", "corpus.jsonl, line 1: one JSON object was expected.")]
    [InlineData("corpus.jsonl", "\uFFFD", "corpus.jsonl, line 1: one JSON object was expected.")]
    [InlineData("corpus.jsonl", "[1]", "corpus.jsonl, line 1: an object with \"_id\" was expected.")]
    [InlineData("corpus.jsonl", "null", "corpus.jsonl, line 1: an object with \"_id\" was expected.")]
    [InlineData("queries.jsonl", "{\"_id\":\"q\"}", "queries.jsonl, line 1: an object with \"text\" was expected.")]
    [InlineData("qrels.tsv", "query\ttext\tgain\nq\t1\tx", "qrels.tsv, line 2: three columns parted by tabs were expected (query, text, gain).")]
    [InlineData("qrels.tsv", "", "qrels.tsv: no query of queries.jsonl has a text that answers it, so there is nothing to measure.")]
    [InlineData("qrels.tsv", "query\ttext\tgain\nq\t1\t0", "qrels.tsv: no query of queries.jsonl has a text that answers it, so there is nothing to measure.")]
    [InlineData("queries.jsonl", "", "qrels.tsv: no query of queries.jsonl has a text that answers it, so there is nothing to measure.")]
    public void A_collection_of_queries_that_cannot_be_measured_is_told_by_file_and_line(string file, string content, string says)
    {
        Write("corpus.jsonl", """{"_id":"1","title":"Horses","text":"The horse eats hay."}""");
        Write("queries.jsonl", """{"_id":"q","text":"horse"}""");
        Write("qrels.tsv", "query\ttext\tgain\nq\t1\t1");
        RetrievalEvaluation.Run(_folder).Queries.ShouldBe(1);

        Write(file, content);

        Should.Throw<OperatorException>(() => RetrievalEvaluation.Run(_folder)).Message.ShouldBe(Path.Combine(_folder, says));
    }

    [Theory]
    [InlineData("items.jsonl", "{\"_id\":\"1\"}", "items.jsonl, line 1: an object with \"title\" was expected.")]
    [InlineData("users.jsonl", "{\"user\":\"a\",\"items\":\"x\"}", "users.jsonl, line 1: an object with a list \"items\" was expected.")]
    [InlineData("users.jsonl", "{\"user\":\"a\"}", "users.jsonl, line 1: an object with a list \"items\" was expected.")]
    [InlineData("users.jsonl", "7", "users.jsonl, line 1: an object with a list \"items\" was expected.")]
    [InlineData("users.jsonl", "{\"user\":\"a\",\"items\":[\"1\",\"other\"]}", "users.jsonl: no reader has two items of items.jsonl, so there is nothing to measure.")]
    [InlineData("users.jsonl", "", "users.jsonl: no reader has two items of items.jsonl, so there is nothing to measure.")]
    public void A_collection_of_libraries_that_cannot_be_measured_is_told_by_file_and_line(string file, string content, string says)
    {
        Write("items.jsonl", """{"_id":"1","title":"Horses"}""" + "\n" + """{"_id":2,"title":"Hay"}""");
        Write("users.jsonl", """{"user":"a","items":["1",2]}""");
        LibraryEvaluation.Run(_folder, seed: 1).Users.ShouldBe(1);

        Write(file, content);

        Should.Throw<OperatorException>(() => LibraryEvaluation.Run(_folder, seed: 1)).Message.ShouldBe(Path.Combine(_folder, says));
    }

    private void Write(string file, string content) => File.WriteAllText(Path.Combine(_folder, file), content);
}
