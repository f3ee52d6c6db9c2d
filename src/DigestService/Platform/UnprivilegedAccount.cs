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

    /// <summary>The topmost folder, above or at <paramref name="directory"/>, that not everybody may pass through; null where all may.</summary>
    public static string? FirstUnreachable(string directory)
    {
        if (OperatingSystem.IsWindows())
            return null;
        string? barrier = null;
        for (var folder = new DirectoryInfo(Path.GetFullPath(directory)); folder is not null; folder = folder.Parent)
        {
            if (folder.Exists && !folder.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                barrier = folder.FullName;
        }

        return barrier;
    }

    /// <summary>Whether two paths lead to one file or folder, as the account sees them; false for what it may not see.</summary>
    public static async Task<bool> IsSameFileAsync(string one, string other, string? account, CancellationToken ct)
    {
        if (string.Equals(Path.GetFullPath(one), Path.GetFullPath(other), OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal))
            return true;
        return !OperatingSystem.IsWindows()
            && (await ChildProcess.RunAsync("test", [one, "-ef", other], "/", account, ct)).Succeeded;
    }

    /// <summary>Gives a folder and all in it to the account.</summary>
    public static async Task GiveAsync(string account, string directory, CancellationToken ct)
    {
        var given = await ChildProcess.RunAsync("chown", ["-R", account, directory], "/", account: null, ct);
        if (!given.Succeeded)
            throw new OperatorException($"{directory} could not be given to the account {account}: {given.LastLine}");
    }
}
