using DigestService.Platform;
using NodaTime;

namespace DigestService.Tests.Platform;

public sealed class DatabaseTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_single_value_that_is_null_is_null()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();

        (await database.QuerySingleOrDefaultAsync<Instant?>("select null::timestamptz", null, default)).ShouldBeNull();
        (await database.QuerySingleOrDefaultAsync<LocalDate?>("select null::date", null, default)).ShouldBeNull();
        (await database.QuerySingleOrDefaultAsync<LocalTime?>("select null::time", null, default)).ShouldBeNull();
        (await database.QuerySingleOrDefaultAsync<Instant?>("select timestamptz '2026-03-04 07:00Z'", null, default)).ShouldBe(Instant.FromUtc(2026, 3, 4, 7, 0));
    }
}
