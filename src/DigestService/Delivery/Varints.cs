using System.Buffers;
using System.Text;

namespace DigestService.Delivery;

/// <summary>Writes numbers in seven bits an octet, the lowest first, and octets as they are.</summary>
internal sealed class VarintWriter
{
    private readonly ArrayBufferWriter<byte> _output = new(1024);

    /// <summary>All that was written.</summary>
    public ReadOnlySpan<byte> Written => _output.WrittenSpan;

    /// <summary>Begins anew, with the same memory.</summary>
    public void Clear() => _output.ResetWrittenCount();

    /// <summary>Writes a number that is not negative.</summary>
    public void WriteNumber(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        var span = _output.GetSpan(10);
        var length = 0;
        for (; number >= 0x80; number >>= 7)
            span[length++] = (byte)(number | 0x80);
        span[length++] = (byte)number;
        _output.Advance(length);
    }

    /// <summary>Writes a text in UTF-8, the number of its octets before it.</summary>
    public void WriteText(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteNumber(length);
        Encoding.UTF8.GetBytes(text, _output.GetSpan(length));
        _output.Advance(length);
    }

    /// <summary>Writes octets.</summary>
    public void Write(ReadOnlySpan<byte> octets) => _output.Write(octets);

    /// <summary>Room for so many octets, which the caller writes before anything else is written.</summary>
    public Span<byte> Take(int count)
    {
        var room = _output.GetSpan(count)[..count];
        _output.Advance(count);
        return room;
    }
}

/// <summary>Reads what <see cref="VarintWriter"/> wrote.</summary>
internal ref struct VarintReader(ReadOnlySpan<byte> octets)
{
    private readonly ReadOnlySpan<byte> _octets = octets;

    /// <summary>Octets read so far.</summary>
    public int Position { get; private set; }

    /// <summary>Octets that are left.</summary>
    public readonly int Left => _octets.Length - Position;

    /// <summary>Whether all is read.</summary>
    public readonly bool IsAtEnd => Position == _octets.Length;

    /// <summary>One octet.</summary>
    /// <exception cref="InvalidDataException">There is none left.</exception>
    public byte ReadOctet() => Position < _octets.Length ? _octets[Position++] : throw TooShort();

    /// <summary>A number that fits an <see cref="int"/>.</summary>
    /// <exception cref="InvalidDataException">It does not, or the octets end in it.</exception>
    public int ReadNumber() => ReadLong() is var number && number <= int.MaxValue ? (int)number : throw new InvalidDataException("A number is too large.");

    /// <summary>How many things follow that take an octet each at the least.</summary>
    /// <exception cref="InvalidDataException">More than there are octets left.</exception>
    public int ReadCount() => ReadNumber() is var count && count <= Left ? count : throw TooShort();

    /// <summary>A number.</summary>
    /// <exception cref="InvalidDataException">It does not fit a <see cref="long"/>, or the octets end in it.</exception>
    public long ReadLong()
    {
        long number = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var octet = ReadOctet();
            number |= (long)(octet & 0x7F) << shift;
            if (octet < 0x80)
                return number;
        }

        throw new InvalidDataException("A number is too large.");
    }

    /// <summary>That many octets.</summary>
    /// <exception cref="InvalidDataException">There are fewer left.</exception>
    public ReadOnlySpan<byte> Read(int count)
    {
        if (count > Left)
            throw TooShort();
        var read = _octets.Slice(Position, count);
        Position += count;
        return read;
    }

    /// <summary>A text in UTF-8 behind the number of its octets.</summary>
    /// <exception cref="InvalidDataException">There are fewer left.</exception>
    public string ReadText() => Encoding.UTF8.GetString(Read(ReadNumber()));

    private static InvalidDataException TooShort() => new("The octets end too early.");
}
