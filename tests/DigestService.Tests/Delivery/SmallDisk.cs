using DigestService.Platform;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Delivery;

/// <summary>A file system of some megabytes in memory, to be filled to the last byte.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _mount;

    private SmallDisk(string mount) => _mount = mount;

    /// <summary>Where a server may keep files on it.</summary>
    public string Folder => Path.Combine(_mount, "files");

    private string Ballast => Path.Combine(_mount, "ballast");

    /// <summary>Mounts one that <paramref name="account"/> may use; skips the test where that is not allowed, fails it on CI.</summary>
    public static async Task<SmallDisk> MountAsync(string mount, string? account)
    {
        Directory.CreateDirectory(mount);
        var disk = await MountAsync(mount, "-t", "tmpfs", "-o", "size=256m", "digest-tests");
        Directory.CreateDirectory(disk.Folder);
        if (account is not null)
            await UnprivilegedAccount.GiveAsync(account, disk.Folder, CancellationToken.None);
        return disk;
    }

    /// <summary>Mounts a file over itself, so that nobody can delete it; skips and fails likewise.</summary>
    public static Task<SmallDisk> FixAsync(string file) => MountAsync(file, "--bind", file);

    /// <summary>Leaves not a byte free.</summary>
    public void Fill()
    {
        using var ballast = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = 1 << 20; size > 0; size /= 2)
        {
            try
            {
                while (true)
                    ballast.Write(new byte[size]);
            }
            catch (IOException)
            {
                // No room for this many bytes; perhaps for half as many.
            }
        }
    }

    /// <summary>Lets nobody write on it any more, as a disk with errors does.</summary>
    public async Task CloseAsync() => (await ChildProcess.RunAsync("mount", ["-o", "remount,ro", _mount], "/", null, CancellationToken.None)).Succeeded.ShouldBeTrue();

    /// <summary>Frees what <see cref="Fill"/> took.</summary>
    public void Free() => File.Delete(Ballast);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await ChildProcess.RunAsync("umount", ["-l", _mount], "/", null, CancellationToken.None);

    private static async Task<SmallDisk> MountAsync(string mount, params string[] what)
    {
        var mounted = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess
            && (await ChildProcess.RunAsync("mount", [.. what, mount], "/", null, CancellationToken.None)).Succeeded;
        return mounted ? new SmallDisk(mount) : throw Skip.UnlessOnCI("needs the right to mount, as root has on Linux");
    }
}
