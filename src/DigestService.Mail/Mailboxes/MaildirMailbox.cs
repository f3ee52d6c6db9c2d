using System.Runtime.CompilerServices;

namespace DigestService.Mail.Mailboxes;

/// <summary>
/// A Maildir as the inbox: what is in <c>new</c>, or in <c>cur</c> without the flag S, is not yet handled. Handling
/// moves the file to <c>cur</c> with that flag, so that a mail program on the same folder agrees.
/// </summary>
public sealed class MaildirMailbox : IMailbox
{
    private const string HandledFlag = "S";

    // ENOSPC and EROFS.
    private const int NoSpace = 28;
    private const int ReadOnlyDisk = 30;

    private static readonly string[] Folders = ["new", "cur"];

    private readonly string _root;

    /// <summary>Names the folder, which has to be there: reading makes nothing.</summary>
    public MaildirMailbox(string path) => _root = Path.GetFullPath(path);

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailboxMessage> ReadNewAsync(int maxBytes, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var message in ReadableMail.OfAsync(UnhandledFiles(), file => ReadOrPassOverAsync(file, maxBytes, ct)))
            yield return message;
    }

    /// <inheritdoc/>
    public string? Warning => null;

    /// <inheritdoc/>
    public Task<int> CountNewAsync(CancellationToken ct) => Task.FromResult(UnhandledFiles().Count);

    /// <inheritdoc/>
    public Task MarkHandledAsync(IReadOnlyList<MailboxMessage> messages, CancellationToken ct)
    {
        // A delivery agent's name has no flags: looking there first keeps a full box from being listed for each message.
        var elsewhere = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in messages.Select(message => message.Key))
        {
            var delivered = Path.Combine(_root, "new", key);
            if (Path.GetFileName(key) != key || !File.Exists(delivered) || !TryMark(delivered))
                elsewhere.Add(key);
        }

        if (elsewhere.Count > 0)
        {
            foreach (var file in UnhandledFiles().Where(file => elsewhere.Contains(KeyOf(file))))
                TryMark(file);
        }

        return Task.CompletedTask;
    }

    /// <summary>Tries whether handled mail could be moved.</summary>
    /// <exception cref="MailboxException">It could not.</exception>
    public void Try()
    {
        foreach (var folder in Folders)
        {
            var path = Path.Combine(_root, folder, $".tried-{Environment.ProcessId}-{Guid.NewGuid():n}");
            try
            {
                File.WriteAllBytes(path, []);
                File.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unwritable($"The Maildir {_root} cannot be written", e);
            }
        }
    }

    private bool TryMark(string file)
    {
        var flags = string.Concat((FlagsOf(file) + HandledFlag).Distinct().Order());
        try
        {
            File.Move(file, Path.Combine(_root, "cur", $"{KeyOf(file)}:2,{flags}"), overwrite: true);
            return true;
        }
        catch (FileNotFoundException)
        {
            // Somebody else moved it; that is for them to answer for.
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable($"The mail {Path.GetFileName(file)} cannot be marked as read", e);
        }
    }

    private MailboxException Unwritable(string what, Exception refused) => new(
        $"{what}: " + (refused, refused.HResult & 0xffff) switch
        {
            (UnauthorizedAccessException, _) => $"the account '{Environment.UserName}' has no right to write in {_root}; give it that.",
            (DirectoryNotFoundException, _) => $"{_root} lacks one of the folders new, cur and tmp; make it.",
            (_, NoSpace) => $"the disk of {_root} is full; free some room on it, or inodes, which df -i counts.",
            (_, ReadOnlyDisk) => $"the disk of {_root} takes no writes; let it take them.",
            _ => refused.Message,
        },
        refused);

    /// <summary>How often a wait looks whether the folder it watches is still there: one that is moved away raises nothing, nor does mail in the one that takes its place.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public async Task WaitForMailAsync(TimeSpan limit, CancellationToken ct)
    {
        // What was handled stays in 'cur', which may be large: it is listed once.
        var folders = Folders;
        for (var left = limit; left > TimeSpan.Zero && !await ArrivesAsync(folders, left < LookEvery ? left : LookEvery, ct); left -= LookEvery)
            folders = ["new"];
    }

    private async Task<bool> ArrivesAsync(IEnumerable<string> folders, TimeSpan limit, CancellationToken ct)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = Watch();
        watcher.Created += (_, _) => arrived.TrySetResult();
        watcher.Renamed += (_, _) => arrived.TrySetResult();
        watcher.Error += (_, _) => arrived.TrySetResult();
        watcher.EnableRaisingEvents = true;
        // What came before we began to watch has raised nothing.
        if (UnhandledFiles(folders).Count > 0)
            return true;
        try
        {
            await arrived.Task.WaitAsync(limit, ct);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private FileSystemWatcher Watch()
    {
        try
        {
            return new FileSystemWatcher(Path.Combine(_root, "new"));
        }
        catch (ArgumentException gone)
        {
            throw new MailboxException($"The Maildir {_root} has no folder 'new' any more.", gone);
        }
    }

    private List<string> UnhandledFiles() => UnhandledFiles(Folders);

    private List<string> UnhandledFiles(IEnumerable<string> folders)
    {
        try
        {
            // Names begin with the second of their arrival, so their order is that of arrival.
            return
            [
                .. folders
                    .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(_root, folder)))
                    .Where(file => !FlagsOf(file).Contains(HandledFlag, StringComparison.Ordinal) && !Path.GetFileName(file).StartsWith('.'))
                    .OrderBy(Path.GetFileName, StringComparer.Ordinal),
            ];
        }
        catch (DirectoryNotFoundException gone)
        {
            throw new MailboxException($"The Maildir {_root} is gone, or has no folders 'new' and 'cur' any more.", gone);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailboxException($"The Maildir {_root} cannot be read: {e.Message}", e);
        }
    }

    private static async Task<(MailboxMessage? Message, MailboxException? Why)> ReadOrPassOverAsync(string file, int maxBytes, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        try
        {
            return (await ReadAsync(file, maxBytes, ct), null);
        }
        catch (MailboxException refused)
        {
            return (null, refused);
        }
    }

    private static async Task<MailboxMessage?> ReadAsync(string file, int maxBytes, CancellationToken ct)
    {
        try
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 4096, FileOptions.Asynchronous);
            var raw = new byte[Math.Min(stream.Length, maxBytes)];
            var read = await stream.ReadAtLeastAsync(raw, raw.Length, throwOnEndOfStream: false, ct);
            return new MailboxMessage(KeyOf(file), raw.AsMemory(0, read), stream.Length > maxBytes);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailboxException($"The mail {Path.GetFileName(file)} cannot be read: {e.Message}", e);
        }
    }

    private static string KeyOf(string file) => Path.GetFileName(file).Split(":2,")[0];

    private static string FlagsOf(string file) => Path.GetFileName(file).Split(":2,") is [_, var flags, ..] ? flags : "";
}
