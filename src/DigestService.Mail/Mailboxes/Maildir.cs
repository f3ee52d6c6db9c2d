using System.Globalization;

namespace DigestService.Mail.Mailboxes;

/// <summary>
/// A Maildir: one file a mail, written under <c>tmp</c> and moved into <c>new</c> when whole, so that readers never
/// see half a mail and need no lock.
/// </summary>
public sealed class Maildir
{
    private static long _sequence;

    /// <summary>Names a Maildir and creates its folders where they are missing.</summary>
    public Maildir(string path)
    {
        Root = Path.GetFullPath(path);
        foreach (var folder in new[] { "tmp", "new", "cur" })
            Directory.CreateDirectory(Path.Combine(Root, folder));
    }

    /// <summary>The folder that holds <c>tmp</c>, <c>new</c> and <c>cur</c>.</summary>
    public string Root { get; }

    /// <summary>Stores a mail on disk and answers its file name. <paramref name="receivedAt"/> sorts it.</summary>
    public async Task<string> AddAsync(ReadOnlyMemory<byte> raw, DateTimeOffset receivedAt, CancellationToken ct)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{receivedAt.ToUnixTimeSeconds()}.M{receivedAt.Microsecond + receivedAt.Millisecond * 1000:D6}P{Environment.ProcessId}Q{Interlocked.Increment(ref _sequence)}.digest");
        var temporary = Path.Combine(Root, "tmp", name);
        await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 4096, FileOptions.Asynchronous))
        {
            await file.WriteAsync(raw, ct);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path.Combine(Root, "new", name));
        return name;
    }
}
