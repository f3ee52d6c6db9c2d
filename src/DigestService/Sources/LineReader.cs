using System.Buffers;

namespace DigestService.Sources;

/// <summary>Lines of octets out of a stream, in memory that does not grow with it.</summary>
internal sealed class LineReader
{
    private readonly Stream _stream;
    private readonly int _maxLength;
    private byte[] _buffer;
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>Reads from <paramref name="stream"/> lines of at most <paramref name="maxLength"/> octets.</summary>
    public LineReader(Stream stream, int maxLength)
    {
        (_stream, _maxLength) = (stream, maxLength);
        // What is in memory is read where it is.
        if (stream is MemoryStream { Position: 0 } inMemory && inMemory.TryGetBuffer(out var octets) && octets.Array is { } array)
            (_buffer, _start, _end, _isAtEnd) = (array, octets.Offset, octets.Offset + octets.Count, true);
        else
            _buffer = new byte[64 * 1024];
    }

    /// <summary>
    /// Every line with its number from 1, without its line end; null stands for a line over the limit. The memory of a line
    /// is valid until the next is asked for.
    /// </summary>
    public IEnumerable<(int Number, ReadOnlyMemory<byte>? Line)> Read()
    {
        var number = 0;
        SkipByteOrderMark();
        while (true)
        {
            var length = FindLine();
            if (length < 0 && _start == _end)
                yield break;
            number++;
            if (length > _maxLength || (length < 0 && _end - _start > _maxLength))
            {
                SkipLine();
                yield return (number, null);
                continue;
            }

            var line = _buffer.AsMemory(_start, length < 0 ? _end - _start : length);
            _start = length < 0 ? _end : _start + length + 1;
            if (line.Length > 0 && line.Span[^1] == '\r')
                line = line[..^1];
            yield return (number, line);
        }
    }

    private void SkipByteOrderMark()
    {
        while (_end < 3 && Fill())
        {
        }

        if (_buffer.AsSpan(_start, _end - _start).StartsWith("\uFEFF"u8))
            _start += 3;
    }

    // The line's length, or -1 where the stream ends, or the line exceeds the limit, before a line end.
    private int FindLine()
    {
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
                return searched + at;
            searched = _end - _start;
            if (searched > _maxLength || !Fill())
                return -1;
        }
    }

    private void SkipLine()
    {
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (at >= 0)
            {
                _start += at + 1;
                return;
            }

            _start = _end;
            if (!Fill())
                return;
        }
    }

    private bool Fill()
    {
        if (_isAtEnd)
            return false;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, Math.Max(_maxLength + 64 * 1024, _buffer.Length + 1)));
        var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _isAtEnd = read == 0;
        return read > 0;
    }
}
