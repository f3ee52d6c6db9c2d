using DigestService.Tests.Delivery;

namespace DigestService.Tests.Topics;

/// <summary>The sentence model's library would report to its makers and leave a number of the machine behind.</summary>
public sealed class ModelTelemetryTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Reading_papers_by_their_meaning_leaves_nothing_in_the_home_folder()
    {
        var app = await fixture.CreateAsync();
        await app.Database.ExecuteAsync(
            "insert into papers (title, original_title, abstract, first_listed_on, created_at, updated_at) values ('Pruning', 'Pruning', 'Fewer weights.', '2026-01-31', now(), now())", null, default);
        var home = TestDirectory.Create("home");
        var embed = await WorkerProcess.RunAsync(
            app.Database, "papers embed", ("HOME", home), ("XDG_CACHE_HOME", Path.Combine(home, ".cache")), ("Relevance__Embeddings", "Auto"), ("ORT_DISABLE_TELEMETRY", "0"));

        embed.ShouldSucceed().ShouldBe("1 paper embedded, 0 wait.\n");
        Directory.EnumerateFiles(home, "*", SearchOption.AllDirectories).Where(file => file.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();
    }
}
