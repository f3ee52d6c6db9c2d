using DigestService.Platform;
using DigestService.Tests.Hosting;

namespace DigestService.Tests.Platform;

[Collection(OneServerOfTheProcess.Name)]
public sealed class MigratorTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly string _directory = TestDirectory.Create("migrations");

    [Fact]
    public async Task Three_racing_processes_apply_each_migration_once()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        Write("0001_one.sql", "create table one (id integer); insert into one values (1);");
        Write("0002_two.sql", "create table two (id integer); insert into one values (2);");

        var reports = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => MigrateAsync(database)));

        reports.Sum(report => report.Applied).ShouldBe(2);
        reports.ShouldAllBe(report => report.Applied + report.Already == 2 && report.Version == 2);
        (await database.QueryAsync<int>("select id from one order by id", null, CancellationToken.None)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task The_servers_limits_of_time_are_not_those_of_a_migration()
    {
        var empty = await postgres.CreateEmptyDatabaseAsync();
        await using var database = Database.Connect(new Npgsql.NpgsqlConnectionStringBuilder(empty.Source.ConnectionString)
        {
            Options = "-c statement_timeout=50s -c lock_timeout=51s -c idle_in_transaction_session_timeout=52s",
        }.ConnectionString);
        Write("0001_limits.sql", "create table limits as select name, setting from pg_settings where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout');");

        await MigrateAsync(database);

        (await database.QueryAsync<string>("select setting from limits", null, CancellationToken.None)).ShouldBe(["0", "0", "0"]);
        (await database.QuerySingleOrDefaultAsync<string>("show statement_timeout", null, CancellationToken.None)).ShouldBe("50s");
    }

    [Fact]
    public async Task An_edited_file_that_has_landed_is_refused_by_name()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        Write("0001_one.sql", "create table one (id integer);");
        await MigrateAsync(database);

        Write("0001_one.sql", "create table one (id bigint);");

        (await Should.ThrowAsync<OperatorException>(() => MigrateAsync(database))).Message
            .ShouldBe("Migration 0001_one.sql was changed after it landed: put the program's own file back, by installing it again.");
    }

    [Fact]
    public async Task A_program_without_its_files_is_told_from_one_that_is_older_than_the_database()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        Write("0001_one.sql", "select 1;");
        await MigrateAsync(database);

        File.Delete(Path.Combine(_directory, "0001_one.sql"));

        (await Should.ThrowAsync<OperatorException>(() => MigrateAsync(database))).Message.ShouldContain("holds no migrations, which come with the program");
    }

    [Fact]
    public async Task Other_line_ends_are_the_same_file()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        Write("0001_one.sql", "create table one (\n  id integer);\n");
        await MigrateAsync(database);

        Write("0001_one.sql", "create table one (\r\n  id integer);\r\n");

        (await MigrateAsync(database)).ShouldBe(new MigrationReport(Applied: 0, Already: 1, Version: 1));
    }

    [Fact]
    public async Task A_database_newer_than_the_program_is_refused()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        Write("0001_one.sql", "select 1;");
        Write("0002_two.sql", "select 2;");
        await MigrateAsync(database);

        File.Delete(Path.Combine(_directory, "0002_two.sql"));

        (await Should.ThrowAsync<OperatorException>(() => MigrateAsync(database))).Message.ShouldContain("newer than this program: it has 0002_two.sql");
    }

    [Fact]
    public async Task A_file_that_would_land_behind_a_later_one_is_refused()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        Write("0001_one.sql", "select 1;");
        Write("0003_three.sql", "select 3;");
        await MigrateAsync(database);

        Write("0002_two.sql", "select 2;");

        (await Should.ThrowAsync<OperatorException>(() => MigrateAsync(database))).Message.ShouldContain("0002_two.sql comes before 0003_three.sql");
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_behind_and_is_named()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        Write("0001_one.sql", "create table one (id integer);");
        Write("0002_two.sql", "create table two (id integer); select 1/0;");

        var failure = await Should.ThrowAsync<OperatorException>(() => MigrateAsync(database));

        failure.Message.ShouldContain("0002_two.sql failed");
        (await database.QuerySingleOrDefaultAsync<bool>("select to_regclass('one') is not null and to_regclass('two') is null", null, CancellationToken.None))
            .ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_that_stops_under_a_migration_is_told_as_it_is_elsewhere()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        Write("0001_stopped.sql", "select pg_terminate_backend(pg_backend_pid());");

        (await Should.ThrowAsync<OperatorException>(() => MigrateAsync(database))).Message
            .ShouldStartWith("The database lacks migration 0001_stopped.sql. The database server is being stopped:");
    }

    [Fact]
    public async Task The_programs_own_migrations_land_and_land_once()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();

        var first = await Migrator.MigrateAsync(database, CancellationToken.None);
        var second = await Migrator.MigrateAsync(database, CancellationToken.None);

        // Numbers may have gaps.
        first.Applied.ShouldBe(Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "migrations"), "*.sql").Length);
        second.ShouldBe(new MigrationReport(Applied: 0, Already: first.Applied, first.Version));
    }

    [Fact]
    public async Task A_database_from_before_the_first_release_takes_the_rest_of_its_way_and_then_what_came_later()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        Write("0001_one.sql", "create table one (id integer);");
        await MigrateAsync(database);
        Directory.CreateDirectory(Path.Combine(_directory, "before-1.0"));
        File.Move(Path.Combine(_directory, "0001_one.sql"), Path.Combine(_directory, "before-1.0", "0001_one.sql"));
        Write("before-1.0/0002_two.sql", "create table two (id integer);");
        Write("0101_all.sql", "create table one (id integer); create table two (id integer);");
        Write("0110_three.sql", "create table three (id integer);");

        var reports = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => MigrateAsync(database)));
        var again = await MigrateAsync(database);

        reports.Sum(report => report.Applied).ShouldBe(2);
        again.ShouldBe(new MigrationReport(Applied: 0, Already: 4, Version: 110));
        (await database.QueryAsync<string>("select name from schema_migrations order by version", null, CancellationToken.None))
            .ShouldBe(["0001_one.sql", "0002_two.sql", "0101_all.sql", "0110_three.sql"]);
        (await database.QuerySingleOrDefaultAsync<bool>("select to_regclass('three') is not null", null, CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_new_database_does_not_take_the_way_from_before_the_first_release()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        Directory.CreateDirectory(Path.Combine(_directory, "before-1.0"));
        Write("before-1.0/0001_one.sql", "create table former (id integer);");
        Write("0101_all.sql", "create table one (id integer);");

        (await MigrateAsync(database)).ShouldBe(new MigrationReport(Applied: 1, Already: 0, Version: 101));

        (await database.QuerySingleOrDefaultAsync<bool>("select to_regclass('former') is null", null, CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_migration_waits_longer_than_other_statements_and_says_for_whom()
    {
        var database = await postgres.CreateEmptyDatabaseAsync();
        Write("0001_one.sql", "create table one (id integer);");
        await MigrateAsync(database);
        Write("0002_two.sql", "alter table one add column more integer;");
        // Every statement of this pool but a migration's gives up after a second.
        await using var impatient = Database.Connect(database.Source.ConnectionString + ";Command Timeout=1;Application Name=impatient");
        await using var holder = await database.OpenAsync(CancellationToken.None);
        await using var transaction = await holder.BeginTransactionAsync();
        await holder.ExecuteAsync("lock table one", null, CancellationToken.None);
        var said = new TaskCompletionSource<string>();

        var migrating = Migrator.MigrateAsync(impatient, _directory, CancellationToken.None, sentence => said.TrySetResult(sentence));
        var sentence = await said.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await transaction.RollbackAsync();

        sentence.ShouldMatch("^Migration 0002_two.sql waits for digest \\(PostgreSQL process \\d+, idle in transaction\\): lock table one$");
        (await migrating).Applied.ShouldBe(1);
    }

    private Task<MigrationReport> MigrateAsync(Database database) => Migrator.MigrateAsync(database, _directory, CancellationToken.None);

    private void Write(string name, string sql) => File.WriteAllText(Path.Combine(_directory, name), sql);
}
