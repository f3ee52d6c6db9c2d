using DigestService.Delivery;

namespace DigestService.Tests.Delivery;

/// <summary>Which fragments stay because an unfinished mail names them.</summary>
public sealed class UnusedFragmentsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    // What rows may name: a single one, numbers that are full and one that is not, far ends of what fits, ids too far apart to be packed.
    [Theory]
    [InlineData("queued", new long[] { 7 })]
    [InlineData("queued", new long[] { 10, 11, 13, 17 })]
    [InlineData("queued", new long[] { 13, 17, 10, 11 })]
    [InlineData("deferred", new long[] { 40, 12, 30, 14, 10, 36, 20 })]
    [InlineData("unknown", new long[] { 2, 32_768, 9, 4 })]
    [InlineData("failed", new long[] { 5, 40_000, 6 })]
    public async Task Of_fragments_that_nobody_touched_those_stay_that_a_mail_names_and_no_others(string state, long[] named)
    {
        var database = await postgres.CreateDatabaseAsync();
        await database.ExecuteAsync(
            """
            insert into fragments (id, hash, octets, used_at) overriding system value
            select id, sha256(int8send(id)), 'x', now() - interval '3 days'
            from (select generate_series(1, 60) union select unnest(array[32767, 32768, 32769, 39999, 40000, 40001])) as f (id)
            """,
            null,
            default);
        await TestMail.EnqueueAsync(database, 1);
        await database.ExecuteAsync("update deliveries set state = @state, fragments = @packed", new { state, packed = FragmentIds.Pack(named) }, default);

        await database.ExecuteAsync(FragmentQueries.DeleteUnused, null, default);

        (await database.QueryAsync<long>("select id from fragments order by id", null, default)).ShouldBe(named.Order());
    }

    [Fact]
    public async Task What_several_mails_name_in_their_own_ways_stays()
    {
        var database = await postgres.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "insert into fragments (id, hash, octets, used_at) overriding system value select id, sha256(int8send(id)), 'x', now() - interval '3 days' from generate_series(1, 60) as f (id)",
            null,
            default);
        var ids = await TestMail.EnqueueAsync(database, 3);
        long[][] named = [[50, 3, 4, 5, 6], [20, 3], [33, 31, 32, 34, 30]];
        foreach (var (id, i) in ids.Select((id, i) => (id, i)))
            await database.ExecuteAsync("update deliveries set fragments = @packed where id = @id", new { id, packed = i == 1 ? named[i] : FragmentIds.Pack(named[i]) }, default);

        await database.ExecuteAsync(FragmentQueries.DeleteUnused, null, default);

        (await database.QueryAsync<long>("select id from fragments order by id", null, default)).ShouldBe(named.SelectMany(each => each).Distinct().Order());
    }
}
