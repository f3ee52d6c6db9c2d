using DigestService.Platform;
using DigestService.Tests.Delivery;

namespace DigestService.Tests.Platform;

public sealed class DatabaseRoomTests
{
    [Fact]
    public async Task A_full_disk_is_told_until_there_is_room_again()
    {
        await using var postgres = await FaultyPostgres.StartAsync();
        // Files that a sort writes lie beside the tables: here both lie on the small disk.
        var disk = await postgres.ConfineAsync("deliveries");
        await postgres.Database.ExecuteAsync("alter system set temp_tablespaces = 'small'", null, CancellationToken.None);
        await postgres.Database.ExecuteAsync("select pg_reload_conf()", null, CancellationToken.None);
        postgres.Database.Source.Clear();
        (await DatabaseRoom.FindFaultsAsync(postgres.Database, CancellationToken.None)).ShouldBeEmpty();

        disk.Fill();

        (await DatabaseRoom.FindFaultsAsync(postgres.Database, CancellationToken.None)).ShouldHaveSingleItem().ShouldStartWith("The disk of the database is full");
        disk.Free();
        (await DatabaseRoom.FindFaultsAsync(postgres.Database, CancellationToken.None)).ShouldBeEmpty();
    }
}
