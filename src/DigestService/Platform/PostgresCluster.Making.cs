using System.Security.Cryptography;
using System.Text;

namespace DigestService.Platform;

/// <summary>Makes a cluster where there is none.</summary>
internal sealed partial class PostgresCluster
{
    private async Task CreateAsync(PostgresBinaries binaries, CancellationToken ct)
    {
        if (_place != _home)
            _say($"PostgreSQL keeps its files in {_place}: the account {_account} cannot reach {_home}.");
        PostgresPlace.Make(_home, _place);
        await WritePasswordAsync(ct);
        ChildResult? made = null;
        foreach (var locale in Locales(binaries))
        {
            // Made under another name and moved into place, so that a half-made cluster is never taken for a whole one.
            var fresh = ClusterDirectory + ".new";
            if (Directory.Exists(fresh))
                Directory.Delete(fresh, recursive: true);
            Directory.CreateDirectory(fresh);
            var password = Path.Combine(fresh, "password");
            File.Copy(PasswordFile, password);
            if (_account is not null)
                await UnprivilegedAccount.GiveAsync(_account, fresh, ct);
            made = await ChildProcess.RunAsync(
                binaries.Program("initdb"),
                // Paths relative to the folder: PostgreSQL's programs pass them to a shell, which would read into them.
                ["-D", "data", "-U", Superuser, "--encoding=UTF8", "--auth=scram-sha-256", "--pwfile=password", "--no-sync", .. locale],
                fresh,
                _account,
                ct);
            File.Delete(password);
            if (made.Succeeded)
            {
                await File.AppendAllTextAsync(Path.Combine(fresh, "data", "postgresql.conf"), Configuration(), ct);
                Directory.Move(fresh, ClusterDirectory);
                PostgresPlace.Remember(_home, _place);
                // Whoever meant another database sees it here. Tests make many, none of them durable.
                if (_durable)
                    _say($"Made a new, empty database in {_place}; a database elsewhere is named by ConnectionStrings__Digest.");
                return;
            }
        }

        throw new OperatorException( // of several locales one was tried
            $"The private PostgreSQL could not make its files in {_place}: {(FatalPart(made!.Cause) ?? made.Cause).TrimEnd('.')}. Give that folder room and rights, or set Data__Directory to another one, or ConnectionStrings__Digest to a database elsewhere.");
    }

    /// <summary>Unicode case and character classes with plain byte order; the last one exists everywhere.</summary>
    private static IEnumerable<string[]> Locales(PostgresBinaries binaries)
    {
        if (binaries.Major >= 17)
            yield return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"];
        yield return ["--locale=C.UTF-8"];
        yield return ["--locale=C", "--lc-ctype=en_US.UTF-8"];
        yield return ["--locale=C"];
    }

    private string Configuration() => $"""

        # Written by the digest service.
        listen_addresses = '127.0.0.1'
        unix_socket_directories = ''
        max_connections = 200
        # Solid-state disks find a single row about as fast as the next one.
        random_page_cost = 1.1
        timezone = 'UTC'
        log_timezone = 'UTC'
        lc_messages = 'C'
        {(_durable ? "" : "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\n")}
        """;

    private async Task WritePasswordAsync(CancellationToken ct)
    {
        // A first start that was killed here leaves an empty file.
        if (File.Exists(PasswordFile) && new FileInfo(PasswordFile).Length > 0)
            return;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(PasswordFile, options);
        await file.WriteAsync(Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32, lowercase: true)), ct);
    }
}
