using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace DigestService.Delivery;

/// <summary>Octets of a piece that a token of the mail takes the place of: <paramref name="Length"/> of them, the token's from <paramref name="From"/> on.</summary>
internal readonly record struct MailHole(int At, int From, int Length);

/// <summary>
/// Pieces of mails that many mails share, such as a paper in one language: immutable, and stored once under the hash of
/// their octets. A mail in the outbox names the fragments it is made of.
/// </summary>
internal sealed class MailFragment
{
    private const byte Version = 1;

    private readonly Piece[] _pieces;

    private MailFragment(byte[] octets, byte[] hash, Piece[] pieces)
    {
        Octets = octets;
        Hash = hash;
        _pieces = pieces;
    }

    /// <summary>The fragment as it is stored: where its pieces and their holes are, then the pieces.</summary>
    public byte[] Octets { get; }

    /// <summary>SHA-256 of <see cref="Octets"/>.</summary>
    public byte[] Hash { get; }

    /// <summary>How many pieces it has.</summary>
    public int Count => _pieces.Length;

    /// <summary>Makes a fragment of pieces ready for the wire.</summary>
    public static MailFragment Of(IReadOnlyList<(ReadOnlyMemory<byte> Octets, IReadOnlyList<MailHole> Holes)> pieces)
    {
        var stored = new VarintWriter();
        stored.Write([Version]);
        stored.WriteNumber(pieces.Count);
        foreach (var (octets, holes) in pieces)
        {
            stored.WriteNumber(octets.Length);
            stored.WriteNumber(holes.Count);
            foreach (var hole in holes)
            {
                stored.WriteNumber(hole.At);
                stored.WriteNumber(hole.From);
                stored.WriteNumber(hole.Length);
            }
        }

        foreach (var (octets, _) in pieces)
            stored.Write(octets.Span);
        var whole = stored.Written.ToArray();
        return TryRead(whole, SHA256.HashData(whole), out var fragment)
            ? fragment
            : throw new InvalidOperationException("A fragment that was just made cannot be read.");
    }

    /// <summary>Reads a stored fragment; false for octets that do not match their hash or are none.</summary>
    public static bool TryRead(byte[] octets, byte[] hash, [NotNullWhen(true)] out MailFragment? fragment)
    {
        fragment = null;
        if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(octets), hash))
            return false;
        try
        {
            var reader = new VarintReader(octets);
            if (reader.ReadOctet() != Version)
                return false;
            var pieces = new Piece[reader.ReadNumber()];
            for (var i = 0; i < pieces.Length; i++)
            {
                pieces[i] = new Piece(0, reader.ReadNumber(), new MailHole[reader.ReadNumber()]);
                for (var j = 0; j < pieces[i].Holes.Length; j++)
                    pieces[i].Holes[j] = new MailHole(reader.ReadNumber(), reader.ReadNumber(), reader.ReadNumber());
            }

            var start = reader.Position;
            for (var i = 0; i < pieces.Length; i++)
            {
                pieces[i] = pieces[i] with { Start = start };
                start += pieces[i].Length;
                if (Array.Exists(pieces[i].Holes, hole => hole.At + hole.Length > pieces[i].Length))
                    return false;
            }

            if (start != octets.Length)
                return false;
            fragment = new MailFragment(octets, hash, pieces);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Octets of one piece.</summary>
    public int LengthOf(int piece) => _pieces[piece].Length;

    /// <summary>The octets of one piece, its holes not filled.</summary>
    public ReadOnlySpan<byte> OctetsOf(int piece) => Octets.AsSpan(_pieces[piece].Start, _pieces[piece].Length);

    /// <summary>Copies one piece, its holes filled with the token's octets.</summary>
    /// <exception cref="InvalidDataException">The token is shorter than a hole asks for.</exception>
    public int CopyTo(Span<byte> destination, int piece, ReadOnlySpan<byte> token)
    {
        var (start, length, holes) = _pieces[piece];
        Octets.AsSpan(start, length).CopyTo(destination);
        if (token.IsEmpty)
            return length;
        foreach (var hole in holes)
        {
            if (hole.From + hole.Length > token.Length)
                throw new InvalidDataException("A token is too short for its place.");
            token.Slice(hole.From, hole.Length).CopyTo(destination[hole.At..]);
        }

        return length;
    }

    private readonly record struct Piece(int Start, int Length, MailHole[] Holes);
}

/// <summary>One piece of a fragment.</summary>
internal readonly record struct MailPiece(MailFragment Fragment, int Index)
{
    /// <summary>Its octets on the wire.</summary>
    public int Length => Fragment.LengthOf(Index);
}
