using System.Buffers;
using System.Text.Unicode;

namespace DigestService.Platform;

/// <summary>
/// Opens a text file after looking through all of it: letters in another encoding would be stored as rubbish, so the
/// file is refused before anything of it is. A zero octet, which is in no text but in UTF-16 and in files without end, is refused as well.
/// </summary>
internal static class Utf8File
{
    private const int ChunkLength = 64 * 1024;

    /// <summary>A reader at the beginning of the file.</summary>
    /// <exception cref="OperatorException">It cannot be read, or is not in UTF-8; the sentence names file and line.</exception>
    public static StreamReader Open(string path)
    {
        Stream? stream = null;
        try
        {
            stream = Seekable(File.OpenRead(path));
            if (FirstBrokenLine(stream) is { } line)
                throw new OperatorException(
                    $"{Path.GetFileName(path)}, line {line}: this is not UTF-8; it may be Latin-1, or UTF-16 without its mark. Save the file as UTF-8 and try again. Nothing was changed.");
            stream.Position = 0;
            return new StreamReader(stream);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            stream?.Dispose();
            throw new OperatorException(FileWords.Unreadable(path, unreadable), unreadable);
        }
        catch
        {
            stream?.Dispose();
            throw;
        }
    }

    // A pipe is read once, so it is kept.
    private static Stream Seekable(FileStream file)
    {
        if (file.CanSeek)
            return file;
        using (file)
        {
            var copy = new MemoryStream();
            file.CopyTo(copy);
            copy.Position = 0;
            return copy;
        }
    }

    /// <summary>The line of the first octets that are no text in UTF-8; null where there are none, and for UTF-16 with its mark.</summary>
    private static int? FirstBrokenLine(Stream stream)
    {
        var octets = new byte[ChunkLength];
        var characters = new char[ChunkLength];
        var (line, held, isFirst, isAfterReturn) = (1, 0, true, false);
        while (true)
        {
            var read = stream.Read(octets.AsSpan(held));
            var chunk = octets.AsSpan(0, held + read);
            if (isFirst && chunk is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
                return null;
            isFirst = false;
            var status = Utf8.ToUtf16(chunk, characters, out var taken, out _, replaceInvalidSequences: false, isFinalBlock: read == 0);
            foreach (var octet in chunk[..taken])
            {
                if (octet == 0)
                    return line;
                if (octet is (byte)'\r' || (octet is (byte)'\n' && !isAfterReturn))
                    line++;
                isAfterReturn = octet is (byte)'\r';
            }

            if (status is OperationStatus.InvalidData)
                return line;
            if (read == 0)
                return null;
            chunk[taken..].CopyTo(octets);
            held = chunk.Length - taken;
        }
    }
}
