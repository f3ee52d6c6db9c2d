using System.Net.Sockets;
using DigestService.Platform;
using Npgsql;

namespace DigestService.Tests.Platform;

/// <summary>What an operator reads when the database cannot be used: what is wrong and what to do.</summary>
public sealed class VerbSentenceTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_wrong_password_names_the_setting() => (await SentenceAsync(settings => settings.Password = "wrong")).ShouldSatisfyAllConditions(
        sentence => sentence.ShouldStartWith("The database refuses the account: password authentication failed"),
        sentence => sentence.ShouldEndWith("Correct Username and Password in ConnectionStrings__Digest."));

    [Fact]
    public async Task A_database_that_is_not_there_is_to_be_created() => (await SentenceAsync(settings => settings.Database = "nowhere"))
        .ShouldBe("The database server has no such database: database \"nowhere\" does not exist. Create it, or correct Database in ConnectionStrings__Digest.");

    [Fact]
    public async Task A_server_that_is_down_names_host_and_port() => (await SentenceAsync(settings => settings.Port = 1))
        .ShouldBe("The database cannot be reached: Failed to connect to 127.0.0.1:1. Check ConnectionStrings__Digest.");

    [Fact]
    public void A_host_without_an_address_is_dns() => Verb.Sentence(new NpgsqlException("Name or service not known", new SocketException((int)SocketError.HostNotFound)))
        .ShouldBe("The host in ConnectionStrings__Digest has no address: its name is mistyped, or no DNS resolver answers.");

    private async Task<string> SentenceAsync(Action<NpgsqlConnectionStringBuilder> change)
    {
        var settings = new NpgsqlConnectionStringBuilder((await postgres.CreateEmptyDatabaseAsync()).Source.ConnectionString) { Pooling = false };
        change(settings);
        await using var database = Database.Connect(settings.ConnectionString);
        return Verb.Sentence(await Should.ThrowAsync<NpgsqlException>(() => database.QuerySingleOrDefaultAsync<int>("select 1", null, default)));
    }
}
