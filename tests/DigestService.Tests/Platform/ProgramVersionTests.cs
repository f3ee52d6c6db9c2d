using System.Text.RegularExpressions;
using DigestService.Platform;
using DigestService.Tests.Delivery;
using DigestService.Sources;
using DigestService.Tests.Shared;
using DigestService.Tests.Sources;

namespace DigestService.Tests.Platform;

/// <summary>One version, from one place, wherever the program tells it.</summary>
public sealed class ProgramVersionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public void It_is_the_one_in_directory_build_props() =>
        Regex.Match(Repository.Read("Directory.Build.props"), "<Version>(.+)</Version>").Groups[1].Value.ShouldBe(ProgramVersion.Text);

    [Fact]
    public async Task Sources_are_asked_under_it()
    {
        var asked = "";
        await using var source = await RecordedServer.StartAsync((context, _) =>
        {
            asked = context.Request.Headers.UserAgent.ToString();
            return context.AnswerAsync("[]");
        });
        var address = new Uri(source.Url);
        using var http = new SourceHttp(new SourceHttpOptions(), [address], TimeSpan.Zero, new TestClock(), TimeProvider.System);

        await http.GetAsync(address, new AnswerMemory(), marks: null, default);

        asked.ShouldBe($"digest-service/{ProgramVersion.Text} (daily digest of papers; polite client)");
    }

    [Fact]
    public async Task The_command_line_tells_it() =>
        (await WorkerProcess.RunAsync(await postgres.CreateEmptyDatabaseAsync(), "--version")).ShouldSucceed().Trim().ShouldBe(ProgramVersion.Text);
}
