using DigestService.Mail.Smtp;
using DigestService.Tests.Shared;

namespace DigestService.Mail.Tests.Smtp;

public sealed class SmtpLoginTests : IDisposable
{
    private readonly string _tokenFile = Path.GetTempFileName();
    private readonly List<string> _commands = [];

    [Fact]
    public async Task A_server_that_does_not_know_PLAIN_after_all_gets_LOGIN()
    {
        await using var server = Start(new SmtpScript { Account = "digest:s3cret" }, command => command.StartsWith("AUTH PLAIN", StringComparison.Ordinal) ? "504 5.5.4 unrecognized" : null);

        (await LogInAsync(server, "s3cret")).Result.ShouldBe(ConnectResult.Ready);

        _commands[^1].ShouldBe("AUTH LOGIN");
    }

    [Theory]
    [InlineData("501 5.5.2 no initial response, please")]
    [InlineData("500 5.5.6 line too long")]
    [InlineData("535 5.7.8 wrong")]
    public async Task A_server_that_refuses_an_initial_response_is_given_none(string refusal)
    {
        await using var server = Start(
            new SmtpScript { Account = "digest:s3cret", AuthMechanisms = "PLAIN" },
            command => command.StartsWith("AUTH PLAIN ", StringComparison.Ordinal) ? refusal : null);

        var isWrongPassword = refusal.StartsWith("535", StringComparison.Ordinal);
        (await LogInAsync(server, "s3cret")).Result.ShouldBe(isWrongPassword ? ConnectResult.AuthenticationFailed : ConnectResult.Ready);

        _commands.Count.ShouldBe(isWrongPassword ? 1 : 2);
    }

    [Fact]
    public async Task A_server_that_passes_over_an_initial_response_is_told_again()
    {
        await using var server = Start(new SmtpScript { Account = "digest:s3cret", AuthMechanisms = "PLAIN", ReadsInitialResponse = false });

        (await LogInAsync(server, "s3cret")).Result.ShouldBe(ConnectResult.Ready);
        (await LogInAsync(server, "guess")).Reply!.Code.ShouldBe(535);
    }

    [Fact]
    public async Task A_wrong_password_is_offered_once()
    {
        await using var server = Start(new SmtpScript { Account = "digest:s3cret", AuthMechanisms = "LOGIN PLAIN" });

        var outcome = await LogInAsync(server, "guess");

        (outcome.Result, outcome.Reply).ShouldBe((ConnectResult.AuthenticationFailed, new SmtpReply(535, "5.7.8", "wrong")));
        _commands.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_knows_none_of_what_it_offers_or_hangs_up_says_so()
    {
        await using var ignorant = Start(new SmtpScript { Account = "digest:s3cret" }, _ => "504 5.5.4 unrecognized");
        await using var leaving = ScriptedSmtpServer.Answering(
            SmtpPoint.Auth, SmtpAnswer.Reply("454 4.7.0 not now").ThenHangUp(), new SmtpScript { Account = "digest:s3cret" });

        (await LogInAsync(ignorant, "s3cret")).Reply!.Code.ShouldBe(504);
        var left = await LogInAsync(leaving, "s3cret");
        (left.Result, left.Reply?.Code).ShouldBe((ConnectResult.AuthenticationFailed, 454));
    }

    [Fact]
    public async Task A_token_logs_in_by_XOAUTH2_and_its_file_is_read_at_each_login()
    {
        await using var server = Start(new SmtpScript { Account = "digest:token-2", AuthMechanisms = "PLAIN XOAUTH2" });
        var relay = RelayFor(server) with { AccessTokenFile = _tokenFile };

        await File.WriteAllTextAsync(_tokenFile, "token-1\n");
        var stale = await ConnectAsync(relay);
        await File.WriteAllTextAsync(_tokenFile, "token-2\n");
        var fresh = await ConnectAsync(relay);

        (stale.Result, stale.Reply?.Code).ShouldBe((ConnectResult.AuthenticationFailed, 535));
        fresh.Result.ShouldBe(ConnectResult.Ready);
        (await ConnectAsync(RelayFor(server) with { AccessToken = "token-2" })).Result.ShouldBe(ConnectResult.Ready);
        _commands.ShouldAllBe(command => command.StartsWith("AUTH XOAUTH2 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_that_cannot_be_read_or_used_is_never_replaced_by_anything_else()
    {
        await using var server = Start(new SmtpScript { Account = "digest:s3cret", AuthMechanisms = "PLAIN XOAUTH2" });
        await using var without = Start(new SmtpScript { Account = "digest:s3cret" });

        (await ConnectAsync(RelayFor(server) with { AccessTokenFile = "/no/such/file" })).Detail.ShouldBe("The file with the access token, /no/such/file, does not exist.");
        (await ConnectAsync(RelayFor(server) with { AccessTokenFile = "/" })).Detail.ShouldBe($"The file with the access token, /, cannot be read by the account '{Environment.UserName}'.");
        (await ConnectAsync(RelayFor(server) with { AccessTokenFile = _tokenFile })).Detail!.ShouldContain("empty");
        (await ConnectAsync(RelayFor(without) with { AccessToken = "t", Password = "s3cret" })).Detail!.ShouldContain("XOAUTH2");
        _commands.ShouldBeEmpty();
    }

    public void Dispose() => File.Delete(_tokenFile);

    private ScriptedSmtpServer Start(SmtpScript script, Func<string, string?>? answers = null) => ScriptedSmtpServer.Start(script, step =>
    {
        if (step.Point != SmtpPoint.Auth)
            return null;
        _commands.Add(step.Command);
        return answers?.Invoke(step.Command) is { } reply ? SmtpAnswer.Reply(reply) : null;
    });

    private static Task<ConnectOutcome> LogInAsync(ScriptedSmtpServer server, string password) => ConnectAsync(RelayFor(server) with { Password = password });

    private static SmtpRelay RelayFor(ScriptedSmtpServer server) =>
        new() { Host = "127.0.0.1", Port = server.Port, User = "digest", ConnectTimeout = TimeSpan.FromSeconds(20) };

    private static async Task<ConnectOutcome> ConnectAsync(SmtpRelay relay)
    {
        await using var transport = new SmtpTransport();
        return await transport.ConnectAsync(relay, default);
    }
}
