namespace DigestService.Platform;

/// <summary>
/// PostgreSQL refuses to run as root. Where the service does, its server runs under an account that exists already.
/// </summary>
internal static class UnprivilegedAccount
{
    private static readonly string[] Candidates = ["postgres", "nobody"];

    /// <summary>The account to run the server under; null where this process is not root.</summary>
    /// <exception cref="OperatorException">This is root and no such account exists.</exception>
    public static string? Find()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return null;
        var known = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        return Candidates.FirstOrDefault(known.Contains) ?? throw new OperatorException(
            "PostgreSQL does not run as root and there is neither an account 'postgres' nor 'nobody'; "
            + "run the service as another user or set ConnectionStrings__Digest.");
    }

    /// <summary>Whether anybody may pass through every folder above and including <paramref name="directory"/>.</summary>
    public static bool CanReach(string directory)
    {
        if (OperatingSystem.IsWindows())
            return true;
        for (var folder = new DirectoryInfo(Path.GetFullPath(directory)); folder is not null; folder = folder.Parent)
        {
            if (folder.Exists && !folder.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                return false;
        }

        return true;
    }

    /// <summary>Gives a folder and all in it to the account.</summary>
    public static async Task GiveAsync(string account, string directory, CancellationToken ct)
    {
        var given = await ChildProcess.RunAsync("chown", ["-R", account, directory], "/", account: null, ct);
        if (!given.Succeeded)
            throw new OperatorException($"{directory} could not be given to the account {account}: {given.LastLine}");
    }
}
