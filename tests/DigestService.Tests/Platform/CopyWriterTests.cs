using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Tests.Platform;

public sealed class CopyWriterTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const string Copy = "copy written (a, b, c, d, e, f, g, h, i, j, k, l, m) from stdin (format binary)";
    private const string Table = """
        create table written (
            a bigint, b integer, c smallint, d real, e boolean, f text, g text[], h jsonb, i timestamptz, j date, k time, l bytea, m bigint[])
        """;

    [Fact]
    public async Task Values_of_every_type_arrive_as_they_were_written()
    {
        var database = await postgres.CreateDatabaseAsync();
        await database.ExecuteAsync(Table, null, default);
        await using var connection = await database.OpenAsync(default);

        await using (var copy = await CopyWriter.BeginAsync(connection, Copy, default))
        {
            await copy.StartRowAsync(default);
            copy.Write(long.MinValue);
            copy.Write(-7);
            copy.Write((short)-8);
            copy.Write(0.25f);
            copy.Write(true);
            copy.Write("Grüße, 世界 🎈\t\\N");
            copy.Write(["", "é", "{\"}"]);
            copy.WriteJson("""{"a":[1,"é"]}"""u8);
            copy.Write(Instant.FromUtc(1969, 7, 20, 20, 17) + Duration.FromMilliseconds(1));
            copy.Write(new LocalDate(1999, 12, 31));
            copy.Write(new LocalTime(23, 59, 59, 999));
            copy.Write((byte[])[0, 0x5C, 0xFF]);
            copy.Write((long[])[long.MaxValue, -1]);
            await copy.StartRowAsync(default);
            copy.Write((long?)null);
            copy.WriteNull();
            copy.WriteNull();
            copy.Write((float?)null);
            copy.WriteNull();
            copy.Write((string?)null);
            copy.Write(Array.Empty<string>());
            copy.WriteNull();
            copy.Write((Instant?)null);
            copy.Write((LocalDate?)null);
            copy.WriteNull();
            copy.Write(Array.Empty<byte>());
            copy.Write((long[]?)null);
            await copy.StartRowAsync(default);
            for (var column = 0; column < 12; column++)
                copy.WriteNull();
            copy.Write(Array.Empty<long>());
            await copy.CompleteAsync(default);
        }

        (await database.QueryAsync<string>("set time zone 'UTC'; select written::text from written order by a, g", null, default)).ShouldBe(
        [
            """""(-9223372036854775808,-7,-8,0.25,t,"Grüße, 世界 🎈	\\N","{"""",é,""{\\""}""}","{""a"": [1, ""é""]}","1969-07-20 20:17:00.001+00",1999-12-31,23:59:59.999,"\\x005cff","{9223372036854775807,-1}")""""",
            """(,,,,,,{},,,,,"\\x",)""",
            "(,,,,,,,,,,,,{})",
        ]);
    }

    [Fact]
    public async Task Rows_and_texts_that_fill_many_buffers_arrive_whole()
    {
        var database = await postgres.CreateDatabaseAsync();
        await database.ExecuteAsync("create table written (a bigint, f text)", null, default);
        await using var connection = await database.OpenAsync(default);

        await using (var copy = await CopyWriter.BeginAsync(connection, "copy written (a, f) from stdin (format binary)", default))
        {
            for (var n = 0; n < 3_000; n++)
            {
                await copy.StartRowAsync(default);
                copy.Write((long)n);
                copy.Write(new string('é', n % 100 == 0 ? 200_000 : n));
            }

            await copy.CompleteAsync(default);
        }

        (await database.QuerySingleOrDefaultAsync<int>(
            "select count(*)::int from written where f = repeat('é', case when a % 100 = 0 then 200000 else a::int end)", null, default)).ShouldBe(3_000);
    }

    [Fact]
    public async Task What_is_not_completed_leaves_no_row_and_the_connection_goes_on()
    {
        var database = await postgres.CreateDatabaseAsync();
        await database.ExecuteAsync("create table written (a bigint primary key)", null, default);
        await using var connection = await database.OpenAsync(default);
        const string copyIds = "copy written (a) from stdin (format binary)";

        await using (var copy = await CopyWriter.BeginAsync(connection, copyIds, default))
        {
            await copy.StartRowAsync(default);
            copy.Write(1L);
        }

        await using (var copy = await CopyWriter.BeginAsync(connection, copyIds, default))
        {
            for (var n = 0; n < 2; n++)
            {
                await copy.StartRowAsync(default);
                copy.Write(2L);
            }

            (await Should.ThrowAsync<PostgresException>(() => copy.CompleteAsync(default))).SqlState.ShouldBe(PostgresErrorCodes.UniqueViolation);
        }

        (await connection.QuerySingleAsync<int>("select count(*)::int from written", null, default)).ShouldBe(0);
    }
}
