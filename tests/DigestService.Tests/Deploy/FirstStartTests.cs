using DigestService.Platform;
using DigestService.Tests.Delivery;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Deploy;

/// <summary>The program as an operator starts it, rightly or wrongly set.</summary>
public sealed class FirstStartTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData("serve", "Smtp__Port", "0", "run by systemd", Verb.WrongSettings)]
    [InlineData("serve", "Smpt__Host", "relay.test", "run by systemd", Verb.WrongSettings)]
    [InlineData("serve", "Smtp__Host", "relay.example.org", "run by systemd", Verb.WrongSettings)]
    [InlineData("serve", "Smtp__Port", "0", "", 1)]
    [InlineData("topics list", "Smtp__Port", "0", "run by systemd", 1)]
    [InlineData("serve", "ConnectionStrings__Digest", "Host=127.0.0.1;Port=1", "run by systemd", 1)]
    public async Task Serving_tells_systemd_a_wrong_setting_by_its_exit_code_from_what_may_mend_itself(string verb, string key, string value, string invocation, int code)
    {
        var run = await WorkerProcess.RunAsync(await postgres.CreateDatabaseAsync(), verb, (key, value), ("INVOCATION_ID", invocation));

        run.Code.ShouldBe(code, run.Errors);
        run.Errors.ShouldContain(key == "ConnectionStrings__Digest" ? "cannot be reached" : $"Setting {key}");
    }

    [Fact]
    public async Task A_verb_that_founds_a_database_says_so_beside_its_result()
    {
        var data = TestDirectory.Create("founded");
        var run = await WorkerProcess.RunAsync(await postgres.CreateDatabaseAsync(), "topics list --json", ("ConnectionStrings__Digest", ""), ("Data__Directory", data), ("SMTP_HOST", "relay.test"));

        run.ShouldSucceed().ShouldStartWith("{");
        run.Errors.ShouldSatisfyAllConditions(
            errors => errors.ShouldContain("Made a new, empty database in "),
            errors => errors.ShouldContain("The environment variable SMTP_HOST is no setting of this program"));
    }

    [Theory]
    [InlineData("doctor", 64)]
    [InlineData("serve", 80)]
    [InlineData("digests run", 200)]
    public async Task A_process_that_may_open_too_few_files_for_any_verb_says_so_and_does_not_break_off_midway(string verb, int files)
    {
        if (!OperatingSystem.IsLinux())
            throw Skip.Because("only Linux tells the limit");
        var run = await WorkerProcess.RunInShellAsync(await postgres.CreateDatabaseAsync(), $"ulimit -n {files}; digest {verb}");

        (run.Code, run.Errors.TrimEnd()).ShouldBe(
            (1, $"This process may have only {files} files open at once, and the program needs 256, a service 1,024: raise 'ulimit -n' for it, or LimitNOFILE where systemd runs it."));
    }

    [Fact]
    public async Task What_comes_by_a_pipe_and_cannot_be_kept_is_told_with_the_folder_that_lacks_room_or_rights()
    {
        if (OperatingSystem.IsWindows())
            throw Skip.Because("a shell is asked");
        var run = await WorkerProcess.RunInShellAsync(await postgres.CreateDatabaseAsync(), "export TMPDIR=/no/such/folder; echo '{}' | digest papers import -");

        run.Code.ShouldBe(1);
        run.Errors.ShouldContain("What comes by a pipe is kept in TMPDIR until it is imported: /no/such/folder/ cannot be made; name another folder.");
    }

    [Fact]
    public async Task Root_whose_files_are_its_own_alone_founds_a_database_that_its_server_can_reach()
    {
        if (OperatingSystem.IsWindows() || UnprivilegedAccount.Find() is null)
            throw Skip.Because("only root's server runs under another account");
        var data = Path.Combine(TestDirectory.Create("founded"), "data");

        var run = await WorkerProcess.RunInShellAsync(
            await postgres.CreateDatabaseAsync(), $"umask 077; export ConnectionStrings__Digest= Data__Directory='{data}'; digest topics list");

        run.ShouldSucceed();
        Directory.Delete(await File.ReadAllTextAsync(Path.Combine(data, "postgres", "place")), recursive: true);
    }
}
