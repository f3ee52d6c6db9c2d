using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests;

/// <summary>PostgreSQL's own programs for backups, as an operator runs them.</summary>
internal static class PostgresTools
{
    /// <summary>Dumps a database into a new file: <c>custom</c> for pg_restore, <c>plain</c> to be read.</summary>
    public static async Task<string> DumpAsync(Database database, string format = "custom")
    {
        var file = Path.Combine(TestDirectory.Create("dump"), "digest.dump");
        await RunAsync("pg_dump", $"--format={format}", $"--file={file}", Url(database.Source.ConnectionString));
        return file;
    }

    /// <summary>Restores a dump of the custom format into an empty database, as a role that is to own it all.</summary>
    public static Task RestoreAsync(string file, string connectionString, string? role = null) =>
        RunAsync("pg_restore", ["--no-owner", .. role is null ? Array.Empty<string>() : [$"--role={role}"], "--exit-on-error", $"--dbname={Url(connectionString)}", file]);

    /// <summary>Runs a file of psql's.</summary>
    public static Task RunFileAsync(string file, string connectionString) =>
        RunAsync("psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", $"--file={file}", Url(connectionString));

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Those of the server's own version, where it is one of this machine.
        var binaries = await PostgresBinaries.FindAsync(CancellationToken.None);
        var path = binaries.Select(found => found.Program(program)).FirstOrDefault(File.Exists)
            ?? Peer.Find(program)
            ?? throw Skip.UnlessOnCI($"needs {program}");
        var (code, output) = await Peer.RunAsync(path, arguments, ReadOnlyMemory<byte>.Empty);
        code.ShouldBe(0, output);
    }

    private static string Url(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        return $"postgresql://{Uri.EscapeDataString(parts.Username!)}:{Uri.EscapeDataString(parts.Password ?? "")}@{parts.Host}:{parts.Port}/{parts.Database}";
    }
}
