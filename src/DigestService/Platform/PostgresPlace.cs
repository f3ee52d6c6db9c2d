using System.Security.Cryptography;
using System.Text;

namespace DigestService.Platform;

/// <summary>
/// Where the files of a private PostgreSQL are: below <c>Data__Directory</c>, or, for a root whose PostgreSQL runs under
/// an account that cannot reach that directory, below <c>/var/lib/digest-service</c>. The choice is made once and
/// remembered in the file <c>place</c>; permissions that change later never begin a second, empty database.
/// </summary>
internal static class PostgresPlace
{
    private const string Elsewhere = "/var/lib/digest-service";

    /// <summary>The folder that holds, or will hold, <c>cluster</c>.</summary>
    /// <param name="home">The folder <c>postgres</c> in the data directory.</param>
    /// <param name="account">The account that the server runs under; null for the one of this process.</param>
    /// <exception cref="OperatorException">There is a database that the account cannot reach, that is gone, or two of them.</exception>
    public static string Find(string home, string? account)
    {
        if (Remembered(home) is not { } place)
            place = Guess(home, account);
        else if (!HasCluster(place))
            throw new OperatorException($"The database of {home} was kept in {place} and is not there: bring it back, or delete {File(home)} to begin anew.");
        // A start would make a new, empty one in the folder and find that taken.
        if (HasCluster(place) && LacksData(place))
            throw new OperatorException($"The database of {home} has no folder {place}/cluster/data any more: bring it back, or move {place}/cluster away and delete {File(home)} to begin anew.");
        if (account is not null && HasCluster(place) && UnprivilegedAccount.FirstUnreachable(place) is { } barrier)
        {
            throw new OperatorException(
                $"The database is in {place}, but the account {account} that PostgreSQL runs under may not pass through {barrier} any more: chmod o+x {barrier}");
        }

        return place;
    }

    /// <summary>Makes the folder. One away from the data directory lets the server's account through, whatever umask this process has.</summary>
    public static void Make(string home, string place)
    {
        Directory.CreateDirectory(place);
        if (place == home || OperatingSystem.IsWindows())
            return;
        foreach (var folder in (string[])[Elsewhere, place])
            System.IO.File.SetUnixFileMode(folder, System.IO.File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute);
    }

    /// <summary>Notes where a new cluster was made; relative for the data directory itself, which may be moved.</summary>
    public static void Remember(string home, string place) => System.IO.File.WriteAllText(File(home), place == home ? "." : place);

    private static string File(string home) => Path.Combine(home, "place");

    private static string? Remembered(string home)
    {
        var file = File(home);
        return System.IO.File.Exists(file) && System.IO.File.ReadAllText(file).Trim() is { Length: > 0 } place
            ? Path.GetFullPath(place, home)
            : null;
    }

    /// <summary>For a first start, and for data directories that were made before the place was remembered.</summary>
    private static string Guess(string home, string? account)
    {
        if (account is null)
            return home;
        var mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home)).AsSpan(0, 6));
        var elsewhere = Path.Combine(Elsewhere, mark);
        return (HasCluster(home), HasCluster(elsewhere)) switch
        {
            (true, true) => throw new OperatorException($"There is a database in {home} and another in {elsewhere}: move the folder 'cluster' of one of them away."),
            (true, false) => home,
            (false, true) => elsewhere,
            _ => UnprivilegedAccount.FirstUnreachable(home) is null ? home : elsewhere,
        };
    }

    private static bool LacksData(string place)
    {
        try
        {
            return !Directory.EnumerateDirectories(Path.Combine(place, "cluster"), "data").Any();
        }
        catch (UnauthorizedAccessException)
        {
            // What may not be looked at may be there.
            return false;
        }
    }

    private static bool HasCluster(string place) => Directory.Exists(Path.Combine(place, "cluster"));
}
