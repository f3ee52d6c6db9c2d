using System.Buffers;
using System.IO.Compression;

namespace DigestService.Sources;

/// <summary>
/// Gzip that is unpacked whole or not at all. The unpacker of the base library takes a file that was cut off for one that
/// ends; here a small member of our own is read behind the file, and only where it comes out intact was the file whole.
/// </summary>
internal sealed class PackedStream : ForwardStream
{
    private static readonly byte[] Mark = "-- whole to here --"u8.ToArray();
    private static readonly byte[] MarkAsMember = PackedMark();

    private readonly Stream _packed;
    private readonly GZipStream _unpacked;
    private readonly byte[] _ahead = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private bool _isDisposed;
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>Unpacks <paramref name="packed"/>, which it owns.</summary>
    public PackedStream(Stream packed)
    {
        _packed = packed;
        _unpacked = new GZipStream(new Chained(packed, MarkAsMember), CompressionMode.Decompress);
    }

    /// <summary>Whether these octets begin a gzip file.</summary>
    public static bool IsGzip(ReadOnlySpan<byte> beginning) => beginning.Length >= 2 && beginning[0] == 0x1F && beginning[1] == 0x8B;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The file is damaged or cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        // The last octets are held back until it is clear that they are not the mark.
        while (_end - _start <= Mark.Length && !_isAtEnd)
            Fill();
        var available = _end - _start - Mark.Length;
        if (available <= 0)
        {
            if (!_ahead.AsSpan(_start, _end - _start).SequenceEqual(Mark))
                throw new InvalidDataException("The packed file is cut off.");
            return 0;
        }

        var count = Math.Min(available, buffer.Length);
        _ahead.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _unpacked.Dispose();
            _packed.Dispose();
            ArrayPool<byte>.Shared.Return(_ahead);
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        _ahead.AsSpan(_start, _end - _start).CopyTo(_ahead);
        _end -= _start;
        _start = 0;
        var read = _unpacked.Read(_ahead, _end, _ahead.Length - _end);
        _end += read;
        _isAtEnd = read == 0;
    }

    private static byte[] PackedMark()
    {
        using var packed = new MemoryStream();
        using (var writer = new GZipStream(packed, CompressionLevel.NoCompression, leaveOpen: true))
            writer.Write(Mark);
        return packed.ToArray();
    }

    // One stream, then some octets.
    private sealed class Chained(Stream first, byte[] then) : ForwardStream
    {
        private int _taken = -1;

        public override int Read(Span<byte> buffer)
        {
            if (_taken < 0)
            {
                var read = first.Read(buffer);
                if (read > 0 || buffer.Length == 0)
                    return read;
                _taken = 0;
            }

            var count = Math.Min(buffer.Length, then.Length - _taken);
            then.AsSpan(_taken, count).CopyTo(buffer);
            _taken += count;
            return count;
        }
    }
}

/// <summary>A stream that is read once, from its beginning to its end; <see cref="Stream.Read(Span{byte})"/> is what differs.</summary>
internal abstract class ForwardStream : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public abstract override int Read(Span<byte> buffer);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
