using DigestService.Hosting;
using DigestService.Platform;

namespace DigestService.Tests.Scale.Spread;

/// <summary><c>migrate --distributed</c> where there is no cluster.</summary>
public sealed class DistributionRefusalTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_database_without_citus_is_left_as_it_is_with_a_sentence()
    {
        var database = await postgres.CreateDatabaseAsync();

        (await Should.ThrowAsync<OperatorException>(() => Distribution.RunAsync(database, _ => { }, default)))
            .Message.ShouldStartWith("This database lacks the extension citus.");

        await database.LookForDistributionAsync(default);
        (database.IsDistributed, database.IsHalfDistributed).ShouldBe((false, false));
    }
}
