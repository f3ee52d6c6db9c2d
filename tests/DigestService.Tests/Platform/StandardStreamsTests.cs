using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Platform;

/// <summary>The program as a shell, a pipe or a cron starts it, with its standard streams closed or full, or in a folder that is gone.</summary>
public sealed class StandardStreamsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData("digest inbound handle - <&-", 1, "Standard input is closed: lead a file or a pipe to it.")]
    [InlineData("digest papers import - <&-", 1, "Standard input is closed: lead a file or a pipe to it.")]
    [InlineData("digest papers add --title T --abstract - <&-", 1, "Standard input is closed: lead a file or a pipe to it.")]
    [InlineData("digest papers edit 7 --abstract - <&-", 1, "Standard input is closed: lead a file or a pipe to it.")]
    [InlineData("digest topics list >&-", 1, "Standard output is closed: lead it somewhere.")]
    [InlineData("digest papers hide nowhere 2>/dev/full", 1, "")]
    [InlineData("digest papers hide nowhere 2>&-", 1, "")]
    [InlineData("digest nonsense 2>&-", 2, "")]
    [InlineData("Data__Directory=/dev/null digest demo", 1, "Starting the demo…\nSetting Data__Directory: nothing can be written in '/dev/null': /dev/null is a file and not a folder; name a folder.")]
    [InlineData("mkdir gone && cd gone && rmdir ../gone && digest topics list", 1, "The folder in which this was started does not exist any more: change to one that does.")]
    public async Task What_is_closed_or_gone_is_told_where_somebody_can_hear_it(string script, int code, string says)
    {
        if (!OperatingSystem.IsLinux())
            throw Skip.Because("needs /proc and /dev/full");

        var run = await WorkerProcess.RunInShellAsync(await postgres.CreateDatabaseAsync(), script);

        run.Code.ShouldBe(code);
        run.Errors.Trim().ShouldBe(says);
    }

    [Theory]
    [InlineData("printf 'Subject: help\\n\\nhelp\\n' | digest inbound handle - 3<&0")]
    [InlineData("printf 'Subject: help\\n\\nhelp\\n' > mail; digest inbound handle - < mail")]
    [InlineData("digest inbound handle - </dev/null")]
    public async Task An_input_that_is_open_is_read(string script) =>
        (await WorkerProcess.RunInShellAsync(await postgres.CreateDatabaseAsync(), script)).ShouldSucceed();
}
