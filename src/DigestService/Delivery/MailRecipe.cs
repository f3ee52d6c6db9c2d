using System.Buffers;
using System.Security.Cryptography;

namespace DigestService.Delivery;

/// <summary>
/// A mail as the outbox holds it: its own octets, and the pieces of fragments that stand between them. Putting it
/// together copies and decides nothing, so it gives the same octets today and after any upgrade.
/// </summary>
/// <param name="Octets">A version, the mail's date and length, the tokens, then the steps.</param>
/// <param name="Fragments">The fragments, in the order in which the steps number them.</param>
internal sealed record MailRecipe(byte[] Octets, IReadOnlyList<MailFragment> Fragments)
{
    internal const byte Version = 1;

    private const int MostTokens = 16;

    // Far more than a digest ever has: what a damaged row says is not believed.
    private const int LongestMail = 64 * 1024 * 1024;

    internal enum Step
    {
        /// <summary>Octets of this mail alone.</summary>
        Own,

        /// <summary>A piece of a fragment, its holes filled with a token.</summary>
        Piece,

        /// <summary>A piece of a fragment, its first octets overwritten.</summary>
        Behind,
    }

    /// <summary>SHA-256 of the recipe and the hashes of its fragments: the same for the same mail, and for no other.</summary>
    public byte[] Hash()
    {
        var length = Octets.Length + (Fragments.Count * SHA256.HashSizeInBytes);
        var named = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Octets.CopyTo(named, 0);
            for (var i = 0; i < Fragments.Count; i++)
                Fragments[i].Hash.CopyTo(named, Octets.Length + (i * SHA256.HashSizeInBytes));
            return SHA256.HashData(named.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(named);
        }
    }

    /// <summary>The date of the mail and the octets it has.</summary>
    /// <exception cref="InvalidDataException">This is no recipe.</exception>
    public (DateTimeOffset Date, int Length) ReadHead()
    {
        var reader = new VarintReader(Octets);
        return ReadHead(ref reader);
    }

    /// <summary>The mail in an array of its own.</summary>
    /// <exception cref="InvalidDataException">This is no recipe.</exception>
    public byte[] ToMail()
    {
        var mail = new byte[ReadHead().Length];
        PutTogether(mail);
        return mail;
    }

    /// <summary>Puts the mail together in a buffer that has its length.</summary>
    /// <exception cref="InvalidDataException">This is no recipe, or one for other fragments.</exception>
    public void PutTogether(Span<byte> mail)
    {
        var reader = new VarintReader(Octets);
        var (_, length) = ReadHead(ref reader);
        var tokenCount = reader.ReadNumber();
        if (mail.Length != length || tokenCount > MostTokens)
            throw new InvalidDataException("The recipe is damaged.");
        Span<Range> tokens = stackalloc Range[MostTokens];
        for (var i = 0; i < tokenCount; i++)
        {
            var tokenLength = reader.ReadNumber();
            tokens[i] = new Range(reader.Position, reader.Position + tokenLength);
            reader.Read(tokenLength);
        }

        var rest = mail;
        while (!reader.IsAtEnd)
        {
            var step = (Step)reader.ReadNumber();
            if (step == Step.Own)
            {
                var own = reader.Read(reader.ReadNumber());
                if (own.Length > rest.Length)
                    throw new InvalidDataException("The recipe makes a longer mail than it says.");
                own.CopyTo(rest);
                rest = rest[own.Length..];
                continue;
            }

            var fragment = reader.ReadNumber();
            var piece = reader.ReadNumber();
            if (fragment >= Fragments.Count || piece >= Fragments[fragment].Count || Fragments[fragment].LengthOf(piece) > rest.Length)
                throw new InvalidDataException("The recipe is for other fragments.");
            var token = step == Step.Piece ? reader.ReadNumber() : 0;
            if (token > tokenCount)
                throw new InvalidDataException("The recipe names a token that it has not.");
            var copied = Fragments[fragment].CopyTo(rest, piece, token == 0 ? default : Octets.AsSpan(tokens[token - 1]));
            if (step == Step.Behind)
                reader.Read(Math.Min(reader.ReadNumber(), copied)).CopyTo(rest);
            rest = rest[copied..];
        }

        if (!rest.IsEmpty)
            throw new InvalidDataException("The recipe makes a shorter mail than it says.");
    }

    private static (DateTimeOffset Date, int Length) ReadHead(ref VarintReader reader)
    {
        if (reader.ReadOctet() != Version)
            throw new InvalidDataException("The recipe is of another version.");
        var date = DateTimeOffset.FromUnixTimeSeconds(reader.ReadLong());
        var length = reader.ReadNumber();
        return length <= LongestMail ? (date, length) : throw new InvalidDataException("The recipe is damaged.");
    }
}
