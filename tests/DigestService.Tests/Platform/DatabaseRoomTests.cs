using DigestService.Platform;
using DigestService.Tests.Delivery;

namespace DigestService.Tests.Platform;

public sealed class DatabaseRoomTests
{
    [Fact]
    public async Task A_full_disk_is_told_until_there_is_room_again()
    {
        await using var postgres = await FaultyPostgres.StartAsync();
        // One table lies on the small disk, and what sorts spill goes elsewhere.
        var disk = await postgres.ConfineAsync("digests");
        (await DatabaseRoom.FindFaultsAsync(postgres.Database, CancellationToken.None)).ShouldBeEmpty();

        disk.Fill();

        (await DatabaseRoom.FindFaultsAsync(postgres.Database, CancellationToken.None)).ShouldHaveSingleItem().ShouldStartWith("The disk of the database's tablespace small is full (could not write to a temporary file: No space left on device): free some room on it");
        disk.Free();
        (await DatabaseRoom.FindFaultsAsync(postgres.Database, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_full_disk_of_temporary_files_is_told_where_they_have_one_of_their_own()
    {
        await using var postgres = await FaultyPostgres.StartAsync();
        var disk = await postgres.ConfineAsync("digests");
        await postgres.Database.ExecuteAsync("alter table digests set tablespace pg_default", null, CancellationToken.None);
        await postgres.Database.ExecuteAsync("alter system set temp_tablespaces = 'small'", null, CancellationToken.None);
        await postgres.Database.ExecuteAsync("select pg_reload_conf()", null, CancellationToken.None);
        postgres.Database.Source.Clear();

        disk.Fill();

        (await DatabaseRoom.FindFaultsAsync(postgres.Database, CancellationToken.None)).ShouldHaveSingleItem().ShouldStartWith("The disk of the database's tablespace small is full");
    }

    [Fact]
    public async Task A_tablespace_that_the_role_may_not_look_into_is_named()
    {
        await using var postgres = await FaultyPostgres.StartAsync();
        var disk = await postgres.ConfineAsync("digests");
        await postgres.Database.ExecuteAsync("create role plain login", null, CancellationToken.None);
        await using var plain = Database.Connect(new Npgsql.NpgsqlConnectionStringBuilder(postgres.Database.Source.ConnectionString) { Options = "-c role=plain" }.ConnectionString);
        disk.Fill();

        var (faults, unseen) = await DatabaseRoom.ExamineAsync(plain, CancellationToken.None);
        faults.ShouldBeEmpty();
        unseen.ShouldBe(
            "whether the disk of the tablespace \"small\" is full cannot be seen: 'grant create on tablespace \"small\" to' the service's role lets it look");
        (await DatabaseRoom.ExamineAsync(postgres.Database, CancellationToken.None)).Unseen.ShouldBeNull();
    }
}
