using System.Buffers.Binary;

namespace DigestService.Delivery;

/// <summary>
/// Says octets shorter by what stands before them already, in a dictionary or in themselves (LZ77): so many octets as they are,
/// then so many that stand so far back, and so on.
/// </summary>
/// <remarks>
/// Each step is an octet, its upper half the number of octets as they are and its lower half what the copied ones are more than
/// <see cref="ShortestCopy"/>, either with the rest behind it where it is 15; the octets; the distance. The last step copies nothing.
/// </remarks>
internal static class RecipePacking
{
    /// <summary>So many octets are looked up together; where they stand nowhere, fewer are.</summary>
    internal const int Long = 12;

    private const int Short = 6;
    private const int ShortestCopy = Short;
    private const int Half = 15;
    private const int TableBits = 12;

    [ThreadStatic]
    private static int[]? _tables;

    /// <summary>Packs octets by a dictionary, into a writer.</summary>
    public static void Pack(ReadOnlySpan<byte> octets, RecipeDictionary dictionary, VarintWriter output)
    {
        // Where octets stand in what was packed so far, from 1 on; a table for long ones and one for short ones.
        var own = _tables ??= new int[2 << TableBits];
        Array.Clear(own);
        var (start, at) = (0, 0);
        while (at + Long <= octets.Length)
        {
            var (shortKey, longKey) = (ShortKey(octets[at..]), LongKey(octets[at..]));
            var (length, distance) = Find(octets, at, dictionary, ref own[(1 << TableBits) + Slot(longKey)], dictionary.FindLong(longKey));
            if (length < ShortestCopy)
                (length, distance) = Find(octets, at, dictionary, ref own[Slot(shortKey)], dictionary.FindShort(shortKey));
            own[Slot(shortKey)] = own[(1 << TableBits) + Slot(longKey)] = at + 1;
            if (length < ShortestCopy)
            {
                at++;
                continue;
            }

            WriteStep(output, octets[start..at], length, distance);
            // Every second place is enough: to note each takes longer and spares 2 % of the octets.
            for (var i = at + 2; i < at + length && i + Long <= octets.Length; i += 2)
                own[Slot(ShortKey(octets[i..]))] = own[(1 << TableBits) + Slot(LongKey(octets[i..]))] = i + 1;
            start = at += length;
        }

        WriteStep(output, octets[start..], 0, 0);
    }

    /// <summary>Puts the octets back, as many as there is room for.</summary>
    /// <exception cref="InvalidDataException">These are not as many, or the dictionary is another.</exception>
    public static void Unpack(ref VarintReader packed, ReadOnlySpan<byte> dictionary, Span<byte> octets)
    {
        var at = 0;
        while (true)
        {
            var step = packed.ReadOctet();
            var plain = packed.Read(ReadLength(step >> 4, ref packed));
            if (plain.Length > octets.Length - at)
                throw new InvalidDataException("More was packed than is said.");
            plain.CopyTo(octets[at..]);
            at += plain.Length;
            var distance = packed.ReadNumber();
            if (distance == 0)
                break;
            var length = ReadLength(step & Half, ref packed) + ShortestCopy;
            if (length > octets.Length - at || distance > dictionary.Length + at)
                throw new InvalidDataException("What was packed stands in another dictionary.");
            // What is copied may reach from the dictionary into the octets, or into itself.
            for (int taken; length > 0; at += taken, length -= taken)
            {
                taken = Math.Min(length, at < distance ? distance - at : distance);
                var from = at < distance ? dictionary[(dictionary.Length + at - distance)..] : octets[(at - distance)..];
                from[..taken].CopyTo(octets[at..]);
            }
        }

        if (at != octets.Length)
            throw new InvalidDataException("Less was packed than is said.");
    }

    /// <summary>A hash of the next six octets; eight have to be there.</summary>
    internal static ulong ShortKey(ReadOnlySpan<byte> octets) => (BinaryPrimitives.ReadUInt64LittleEndian(octets) << 16) * 0x9E3779B97F4A7C15;

    /// <summary>A hash of the next twelve octets.</summary>
    internal static ulong LongKey(ReadOnlySpan<byte> octets) =>
        (BinaryPrimitives.ReadUInt64LittleEndian(octets) * 0x9E3779B97F4A7C15) ^ (BinaryPrimitives.ReadUInt32LittleEndian(octets[8..]) * 0xC2B2AE3D27D4EB4F);

    private static int Slot(ulong key) => (int)(key >> (64 - TableBits));

    // The same octets in themselves, where they stand there, else in the dictionary.
    private static (int Length, int Distance) Find(ReadOnlySpan<byte> octets, int at, RecipeDictionary dictionary, ref int own, int known)
    {
        if (own > 0 && octets[at..].CommonPrefixLength(octets[(own - 1)..]) is var length and >= ShortestCopy)
            return (length, at - (own - 1));
        return known < 0 ? default : (octets[at..].CommonPrefixLength(dictionary.Octets[known..]), dictionary.Octets.Length - known + at);
    }

    private static void WriteStep(VarintWriter output, ReadOnlySpan<byte> plain, int length, int distance)
    {
        var more = Math.Max(0, length - ShortestCopy);
        output.Write([(byte)((Math.Min(plain.Length, Half) << 4) | Math.Min(more, Half))]);
        if (plain.Length >= Half)
            output.WriteNumber(plain.Length - Half);
        output.Write(plain);
        output.WriteNumber(distance);
        if (distance > 0 && more >= Half)
            output.WriteNumber(more - Half);
    }

    private static int ReadLength(int half, ref VarintReader packed) => half < Half ? half : packed.ReadNumber() is var more && more < int.MaxValue / 2
        ? more + Half
        : throw new InvalidDataException("A length is too large.");
}
