using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Npgsql;

namespace DigestService.Tests.Platform;

/// <summary>Debian's PgBouncer in transaction mode before one server: each transaction may get another session of a few.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private readonly Process _process;

    private PgBouncer(Process process, string connectionString) => (_process, ConnectionString) = (process, connectionString);

    /// <summary>The database through the pooler.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts one before the server of <paramref name="connectionString"/>; skips the test where it is not installed, fails it on CI.</summary>
    public static async Task<PgBouncer> StartAsync(string connectionString)
    {
        if (Peer.Find("pgbouncer") is not { } program)
            throw Skip.UnlessOnCI("needs PgBouncer");
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        var port = FreePort();
        var folder = TestDirectory.Create("pgbouncer");
        await File.WriteAllTextAsync(Path.Combine(folder, "pgbouncer.ini"), $"""
            [databases]
            * = host=127.0.0.1 port={server.Port.ToString(CultureInfo.InvariantCulture)} user={server.Username} password={server.Password}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port.ToString(CultureInfo.InvariantCulture)}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = 5
            server_round_robin = 1
            max_client_conn = 500

            """);
        var account = UnprivilegedAccount.Find();
        if (account is not null)
            await UnprivilegedAccount.GiveAsync(account, folder, CancellationToken.None);
        var start = new ProcessStartInfo(program, ["-q", Path.Combine(folder, "pgbouncer.ini")]) { WorkingDirectory = "/", UseShellExecute = false };
        if (account is not null)
            start.UserName = account;
        var process = Process.Start(start) ?? throw new InvalidOperationException("PgBouncer did not start.");
        var bouncer = new PgBouncer(process, new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = port }.ConnectionString);
        try
        {
            await Eventually.TrueAsync(bouncer.AnswersAsync, "PgBouncer answers");
            return bouncer;
        }
        catch
        {
            await bouncer.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
