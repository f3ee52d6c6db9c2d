using System.Globalization;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using DigestService.Topics;
using Microsoft.Extensions.Logging.Abstractions;

namespace DigestService.Tests.Topics;

/// <summary>A sentence model that is stopped, mistyped, breaks or is no longer needed.</summary>
public sealed class ModelTroubleTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Stopping_between_two_batches_keeps_what_is_done_gives_the_model_back_and_the_next_round_does_the_rest()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        await AddPapersAsync(app, 40);
        using var stop = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(() =>
            app.Service<EmbeddingRound>().RunAsync(100, new StopAtFirst(stop), stop.Token));

        var newestFirst = await app.Database.QueryAsync<long>("select paper_id from paper_vectors order by paper_id", null, default);
        newestFirst.ShouldBe(Enumerable.Range(9, 32).Select(id => (long)id));
        (await app.Service<EmbeddingRound>().RunAsync(100, null, default)).ShouldBe(8);
        (await app.Service<EmbeddingRound>().CountDueAsync(default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_round_tells_after_each_batch_how_many_papers_are_done()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        await AddPapersAsync(app, 40);
        var told = new Told();

        await app.Service<EmbeddingRound>().RunAsync(100, told, default);

        told.Done.ShouldBe([32, 40]);
    }

    [Fact]
    public async Task A_paper_that_the_model_cannot_read_is_looked_at_once_and_is_close_to_nothing()
    {
        await using var app = await fixture.CreateAsync(("Relevance__Embeddings", "Auto"));
        await AddPapersAsync(app, 2);
        await app.Database.ExecuteAsync("update papers set title = case id when 1 then 'ការរៀនសូត្រ របស់ម៉ាស៊ីន' else 'រូបវិទ្យា នៃផ្កាយ' end, abstract = null", null, default);

        (await app.Service<EmbeddingRound>().RunAsync(100, null, default)).ShouldBe(2);

        (await app.Service<EmbeddingRound>().RunAsync(100, null, default)).ShouldBe(0);
        (await app.Database.QuerySingleOrDefaultAsync<long>("select count(*) from similar_papers", null, default)).ShouldBe(0);
    }

    [Theory]
    [InlineData("Of")]
    [InlineData("on")]
    [InlineData("true")]
    [InlineData("/nowhere/at/all")]
    public async Task A_mistyped_setting_stops_the_start_with_a_sentence_that_names_it(string value)
    {
        var refusal = await Should.ThrowAsync<OperatorException>(() => fixture.CreateAsync(("Relevance__Embeddings", value)));

        refusal.Message.ShouldContain("Relevance__Embeddings");
        refusal.Message.ShouldContain("allowed are Auto, Off, or a folder");
    }

    [Fact]
    public void A_model_that_nobody_needs_is_released_and_one_whose_folder_breaks_meanwhile_is_told_of_and_not_used()
    {
        var folder = TestDirectory.Create("model");
        var files = ModelFiles.FromPackage();
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), files.Weights);
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), files.Vocabulary);
        var time = new Timers();
        using var encoder = new SentenceEncoder(new RelevanceOptions { Embeddings = folder }, NullLogger<SentenceEncoder>.Instance, time);
        encoder.ModelName.ShouldBe(files.Name);
        using (encoder.Borrow())
        {
            time.Fire();
            File.WriteAllBytes(Path.Combine(folder, "model.onnx"), files.Weights[..1_000_000]);
            using var another = encoder.Borrow();
            another.ShouldNotBeNull("a model in use stays");
        }

        time.Fire();
        encoder.ModelName.ShouldBe(files.Name);
        encoder.Hindrance.ShouldBeNull();

        encoder.Borrow().ShouldBeNull("it was released");
        encoder.ModelName.ShouldBeNull();
        encoder.Hindrance.ShouldNotBeNull().ShouldContain("could not be loaded");
    }

    [Theory]
    [InlineData("model.onnx", null, "the file {0}/model.onnx does not exist; put it there.")]
    [InlineData("vocab.txt", null, "the file {0}/vocab.txt does not exist; put it there.")]
    [InlineData("vocab.txt", "", "what {0} holds is no model of sentences with its vocabulary; put another there.")]
    [InlineData("model.onnx", "no graph", "ONNX Runtime cannot run the graph of {0}; put another there.")]
    public void What_is_wrong_with_a_folder_is_said_in_words_of_ours(string file, string? content, string why)
    {
        var folder = TestDirectory.Create("model");
        var files = ModelFiles.FromPackage();
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), files.Weights);
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), files.Vocabulary);
        if (content is null)
            File.Delete(Path.Combine(folder, file));
        else
            File.WriteAllText(Path.Combine(folder, file), content);
        using var encoder = new SentenceEncoder(new RelevanceOptions { Embeddings = folder }, NullLogger<SentenceEncoder>.Instance);

        encoder.Borrow().ShouldBeNull();

        encoder.Hindrance.ShouldBe($"The sentence model could not be loaded: {string.Format(CultureInfo.InvariantCulture, why, folder)}");
    }

    private static Task<int> AddPapersAsync(TestApp app, int count) => app.Database.ExecuteAsync(
        """
        insert into papers (id, title, original_title, first_listed_on, created_at, updated_at) overriding system value
        select n, 'Pruning networks, part ' || n, 'x', date '2026-01-31', now(), now() from generate_series(1, @count) n
        """,
        new { count },
        default);

    // At once, on the thread that reports.
    private sealed class StopAtFirst(CancellationTokenSource stop) : IProgress<int>
    {
        public void Report(int value) => stop.Cancel();
    }

    private sealed class Told : IProgress<int>
    {
        public List<int> Done { get; } = [];

        public void Report(int value) => Done.Add(value);
    }

    private sealed class Timers : TimeProvider
    {
        private Action? _fire;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _fire = () => callback(state);
            return new Nothing();
        }

        public void Fire() => _fire?.Invoke();

        private sealed class Nothing : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;
            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
