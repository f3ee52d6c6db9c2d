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
