using System.Diagnostics;
using System.Globalization;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests.Platform;

public sealed class PrivatePostgresTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly string _directory = TestDirectory.Create("private");

    [Fact]
    public async Task A_crashed_server_is_found_shared_and_stopped_by_the_last_one_out()
    {
        // Skips here where there is no PostgreSQL.
        await postgres.CreateEmptyDatabaseAsync();
        var first = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        await WriteAsync(first.ConnectionString);

        var second = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        second.ConnectionString.ShouldBe(first.ConnectionString);
        await first.DisposeAsync();
        (await ReadAsync(second.ConnectionString)).ShouldBe("kept");
        var server = Server();
        await second.DisposeAsync();
        await Eventually.TrueAsync(() => !server.IsAlive(), "the last one out stops the server");

        var third = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        (await ReadAsync(third.ConnectionString)).ShouldBe("kept");
        using (var killed = Process.GetProcessById(Server().Process))
            killed.Kill();
        await using var fourth = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        (await ReadAsync(fourth.ConnectionString)).ShouldBe("kept");
        await third.DisposeAsync();
    }

    [Fact]
    public async Task A_file_in_the_place_of_its_folder_is_told_as_one()
    {
        var file = Path.Combine(_directory, "postgres");
        await File.WriteAllTextAsync(file, "");

        (await Should.ThrowAsync<OperatorException>(() => PrivatePostgres.StartAsync(_directory, CancellationToken.None)))
            .Message.ShouldBe($"Data__Directory cannot be used: {file} is a file and not a folder; name a folder.");
    }

    [Fact]
    public async Task Text_is_unicode_whatever_the_machine_speaks()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();

        var lowered = await database.QuerySingleOrDefaultAsync<string>("select lower('ÀÉÎŁ') || current_setting('server_encoding')", null, CancellationToken.None);

        lowered.ShouldBe("àéîłUTF8");
    }

    [Fact]
    public async Task A_stale_number_that_now_belongs_to_another_server_is_neither_waited_for_nor_stopped()
    {
        await postgres.CreateEmptyDatabaseAsync();
        var other = await StartAsync(TestDirectory.Create("other"));
        var first = await StartAsync(_directory);
        await WriteAsync(first.ConnectionString);
        await first.DisposeAsync();
        await File.WriteAllTextAsync(PidFile(_directory), await File.ReadAllTextAsync(PidFile(other.Directory)));

        await using (var second = await PrivatePostgres.StartAsync(_directory, CancellationToken.None))
            (await ReadAsync(second.ConnectionString)).ShouldBe("kept");

        (await AnswersAsync(other.ConnectionString)).ShouldBeTrue();
        await other.DisposeAsync();
    }

    [Fact]
    public async Task A_start_that_fails_stops_no_server_that_it_did_not_start()
    {
        await postgres.CreateEmptyDatabaseAsync();
        var other = await StartAsync(TestDirectory.Create("other"));
        var first = await StartAsync(_directory);
        await first.DisposeAsync();
        await File.WriteAllTextAsync(PidFile(_directory), await File.ReadAllTextAsync(PidFile(other.Directory)));
        await File.AppendAllTextAsync(Path.Combine(Path.GetDirectoryName(PidFile(_directory))!, "postgresql.conf"), "max_connections = none\n");

        await Should.ThrowAsync<OperatorException>(() => PrivatePostgres.StartAsync(_directory, CancellationToken.None));

        (await AnswersAsync(other.ConnectionString)).ShouldBeTrue();
        await other.DisposeAsync();
    }

    [Fact]
    public async Task A_copied_directory_gets_a_server_of_its_own()
    {
        await postgres.CreateEmptyDatabaseAsync();
        var original = await StartAsync(_directory);
        await WriteAsync(original.ConnectionString);
        var copy = TestDirectory.Create("copy");
        (await ChildProcess.RunAsync("cp", ["-a", Path.Combine(_directory, "postgres"), copy], "/", null, CancellationToken.None)).Succeeded.ShouldBeTrue();

        await using (var second = await PrivatePostgres.StartAsync(copy, CancellationToken.None))
            second.ConnectionString.ShouldNotBe(original.ConnectionString);

        (await ReadAsync(original.ConnectionString)).ShouldBe("kept");
        await original.DisposeAsync();
    }

    [Fact]
    public async Task A_dead_server_is_started_again_on_its_port()
    {
        await postgres.CreateEmptyDatabaseAsync();
        await using var server = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        await WriteAsync(server.ConnectionString);
        (await server.RestartIfDeadAsync(CancellationToken.None)).ShouldBeFalse();
        using (var killed = Process.GetProcessById(Server().Process))
            killed.Kill();

        await Eventually.TrueAsync(() => server.RestartIfDeadAsync(CancellationToken.None), "the dead server is found");

        (await ReadAsync(server.ConnectionString)).ShouldBe("kept");
    }

    /// <summary>After a crash a large database on a slow disk is repaired for minutes. Whoever stopped the server meanwhile would make it begin again.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_repairs_its_files_is_waited_for_however_long_it_takes(bool isPatient)
    {
        if (OperatingSystem.IsWindows())
            throw Skip.Because("the command that holds the repair up is a shell's");
        await postgres.CreateEmptyDatabaseAsync();
        var first = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        await WriteAsync(first.ConnectionString);
        var files = Path.GetDirectoryName(PidFile(_directory))!;
        await first.DisposeAsync();
        await File.AppendAllTextAsync(Path.Combine(files, "postgresql.conf"), "restore_command = 'while ! test -e repaired; do sleep 0.1; done; false'\nhot_standby = off\n");
        await File.WriteAllTextAsync(Path.Combine(files, "recovery.signal"), "");
        if (UnprivilegedAccount.Find() is { } account)
            await UnprivilegedAccount.GiveAsync(account, files, CancellationToken.None);
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var impatience = new CancellationTokenSource();

        var starting = PrivatePostgres.StartAsync(_directory, impatience.Token, say: sentence => told.TrySetResult(sentence));
        (await Task.WhenAny(told.Task, starting)).ShouldBe(told.Task);
        (await told.Task).ShouldStartWith($"PostgreSQL in {files} takes no connection yet: after a crash it repairs its files first");
        if (!isPatient)
        {
            await impatience.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => starting);
            PostmasterPid.Read(files).ShouldBeNull("who gives up leaves no server behind");
            return;
        }

        await File.WriteAllTextAsync(Path.Combine(files, "repaired"), "");
        await using var second = await starting;
        (await ReadAsync(second.ConnectionString)).ShouldBe("kept");
    }

    /// <summary>The one that repairs what a crash left first syncs all files, which takes half a minute on a busy disk.</summary>
    [Fact]
    public async Task A_start_waits_for_a_child_of_a_killed_server_that_is_slow_to_leave()
    {
        await postgres.CreateEmptyDatabaseAsync();
        await using var first = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        await WriteAsync(first.ConnectionString);
        using var child = Process.GetProcessById(int.Parse((await ReadAsync(first.ConnectionString, "select pid::text from pg_stat_activity where backend_type = 'checkpointer'"))!, CultureInfo.InvariantCulture));
        (await ChildProcess.RunAsync("kill", ["-STOP", child.Id.ToString(CultureInfo.InvariantCulture)], "/", null, CancellationToken.None)).Succeeded.ShouldBeTrue();
        using (var killed = Process.GetProcessById(Server().Process))
            killed.Kill();

        var starting = PrivatePostgres.StartAsync(_directory, CancellationToken.None);
        var tries = new HashSet<string>(StringComparer.Ordinal);
        var cluster = Path.GetDirectoryName(Path.GetDirectoryName(PidFile(_directory)))!;
        await Eventually.TrueAsync(
            async () =>
            {
                var log = await ChildProcess.RunAsync("cat", ["log"], cluster, null, CancellationToken.None);
                if (log.Output.Contains("shared memory block", StringComparison.Ordinal))
                    tries.Add(log.Output);
                return tries.Count > 5 || starting.IsCompleted;
            },
            "the server is tried again and again");
        child.Kill();
        await using var second = await starting;

        (await ReadAsync(second.ConnectionString)).ShouldBe("kept");
    }

    [Fact]
    public async Task Permissions_that_change_never_begin_an_empty_database_elsewhere()
    {
        if (OperatingSystem.IsWindows() || UnprivilegedAccount.Find() is not { } account)
            throw Skip.Because("only root's server runs under another account");
        await postgres.CreateEmptyDatabaseAsync();
        var parent = TestDirectory.Create("parent");
        var directory = Path.Combine(parent, "data");
        var first = await StartAsync(directory);
        await WriteAsync(first.ConnectionString);
        await first.DisposeAsync();
        File.SetUnixFileMode(parent, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var refusal = await Should.ThrowAsync<OperatorException>(() => PrivatePostgres.StartAsync(directory, CancellationToken.None));
        File.SetUnixFileMode(parent, File.GetUnixFileMode(parent) | UnixFileMode.OtherExecute);
        await using var second = await PrivatePostgres.StartAsync(directory, CancellationToken.None);

        refusal.Message.ShouldBe(
            $"The database is in {directory}/postgres, but the account {account} that PostgreSQL runs under may not pass through {parent} any more: chmod o+x {parent}");
        (await ReadAsync(second.ConnectionString)).ShouldBe("kept");
    }

    [Fact]
    public async Task A_database_that_was_begun_elsewhere_stays_there_when_the_directory_opens_up_and_when_it_moves()
    {
        if (OperatingSystem.IsWindows() || UnprivilegedAccount.Find() is null)
            throw Skip.Because("only root's server runs under another account");
        await postgres.CreateEmptyDatabaseAsync();
        var parent = TestDirectory.Create("parent");
        File.SetUnixFileMode(parent, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var first = await StartAsync(Path.Combine(parent, "data"));
        await WriteAsync(first.ConnectionString);
        await first.DisposeAsync();
        var place = await File.ReadAllTextAsync(Path.Combine(parent, "data", "postgres", "place"));
        try
        {
            File.SetUnixFileMode(parent, File.GetUnixFileMode(parent) | UnixFileMode.OtherExecute);
            Directory.Move(Path.Combine(parent, "data"), Path.Combine(parent, "moved"));

            await using var second = await PrivatePostgres.StartAsync(Path.Combine(parent, "moved"), CancellationToken.None);

            (await ReadAsync(second.ConnectionString)).ShouldBe("kept");
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    [Fact]
    public async Task A_database_that_is_not_where_it_was_made_is_asked_for()
    {
        await postgres.CreateEmptyDatabaseAsync();
        var first = await StartAsync(_directory);
        await first.DisposeAsync();
        var cluster = Path.GetDirectoryName(Path.GetDirectoryName(PidFile(_directory)))!;
        Directory.Move(cluster, cluster + ".away");

        (await Should.ThrowAsync<OperatorException>(() => PrivatePostgres.StartAsync(_directory, CancellationToken.None)))
            .Message.ShouldContain("is not there: bring it back");
    }

    [Fact]
    public async Task A_database_of_which_the_files_alone_were_moved_away_is_asked_for()
    {
        await postgres.CreateEmptyDatabaseAsync();
        var first = await StartAsync(_directory);
        await WriteAsync(first.ConnectionString);
        await first.DisposeAsync();
        var files = Path.GetDirectoryName(PidFile(_directory))!;
        Directory.Move(files, files + ".away");

        var refusal = await Should.ThrowAsync<OperatorException>(() => PrivatePostgres.StartAsync(_directory, CancellationToken.None));
        Directory.Move(files + ".away", files);
        await using var second = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);

        refusal.Message.ShouldStartWith($"The database of {Path.Combine(_directory, "postgres")} has no folder {files} any more: bring it back");
        (await ReadAsync(second.ConnectionString)).ShouldBe("kept");
    }

    [Theory]
    [InlineData("it's $HOME \"quoted\" `pwd`")]
    [InlineData("日本 语")]
    public async Task Any_name_serves_as_a_data_directory(string name)
    {
        await postgres.CreateEmptyDatabaseAsync();
        var directory = Path.Combine(_directory, name);
        var first = await StartAsync(directory);
        await WriteAsync(first.ConnectionString);
        await first.DisposeAsync();

        await using var second = await PrivatePostgres.StartAsync(directory, CancellationToken.None);

        (await ReadAsync(second.ConnectionString)).ShouldBe("kept");
    }

    [Fact]
    public async Task An_empty_password_file_of_a_first_start_that_was_killed_is_made_anew()
    {
        await postgres.CreateEmptyDatabaseAsync();
        Directory.CreateDirectory(Path.Combine(_directory, "postgres"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "postgres", "password"), "");

        await using var server = await PrivatePostgres.StartAsync(_directory, CancellationToken.None);

        (await AnswersAsync(server.ConnectionString)).ShouldBeTrue();
    }

    private static async Task<Started> StartAsync(string directory) =>
        new(directory, await PrivatePostgres.StartAsync(directory, CancellationToken.None));

    private static string PidFile(string directory) =>
        Path.Combine(Directory.GetDirectories(directory, "data", SearchOption.AllDirectories).Single(IsCluster), "postmaster.pid");

    private static bool IsCluster(string directory) => File.Exists(Path.Combine(directory, "PG_VERSION"));

    private PostmasterPid Server() => PostmasterPid
        .Read(Path.GetDirectoryName(PidFile(_directory))!)
        .ShouldNotBeNull();

    private static async Task WriteAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("create table memory as select 'kept' as word");
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string?> ReadAsync(string connectionString, string sql = "select word from memory")
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return (string?)await command.ExecuteScalarAsync();
    }

    private static async Task<bool> AnswersAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("select true");
        return await command.ExecuteScalarAsync() is true;
    }

    private sealed record Started(string Directory, PrivatePostgres Server) : IAsyncDisposable
    {
        public string ConnectionString => Server.ConnectionString;

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
