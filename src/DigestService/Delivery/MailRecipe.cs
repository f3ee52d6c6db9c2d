using System.Buffers;
using System.Security.Cryptography;

namespace DigestService.Delivery;

/// <summary>
/// A mail as the outbox holds it: its own octets, and the pieces of fragments that stand between them. Putting it
/// together copies and decides nothing, so it gives the same octets today and after any upgrade.
/// </summary>
/// <param name="Octets">A version, the mail's date and length, then tokens and steps: as they are, or packed by what other mails have in common with it.</param>
/// <param name="Fragments">The fragments, in the order in which the steps number them.</param>
internal sealed record MailRecipe(byte[] Octets, IReadOnlyList<MailFragment> Fragments)
{
    /// <summary>The tokens and steps as they are.</summary>
    internal const byte Version = 1;

    /// <summary>The number of a fragment, the length of the tokens and steps, and these packed by it. Zeros may follow.</summary>
    internal const byte PackedVersion = 2;

    // PostgreSQL stores what is long beside the row where the row has more than 2,032 octets, and these have 250 to 500 besides. Zeros are
    // compressed to nothing. A mark writes the row anew, and would need room on its page for the recipe too.
    private const int LongForARow = 1_800;

    private const int MostTokens = 16;

    // Far more than a digest ever has: what a damaged row says is not believed.
    private const int LongestMail = 64 * 1024 * 1024;

    [ThreadStatic]
    private static VarintWriter? _packed;

    /// <summary>What a step of a recipe copies.</summary>
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

    /// <summary>Whether it is packed by a dictionary among its fragments.</summary>
    public bool IsPacked => Octets[0] == PackedVersion;

    /// <summary>The tokens and steps of a recipe that is not packed.</summary>
    public ReadOnlySpan<byte> Body
    {
        get
        {
            var reader = new VarintReader(Octets);
            ReadHead(ref reader);
            return Octets.AsSpan(reader.Position);
        }
    }

    /// <summary>The same mail in fewer octets; needs the dictionary as well.</summary>
    public MailRecipe PackedBy(RecipeDictionary dictionary)
    {
        var (date, length) = ReadHead();
        var packed = _packed ??= new VarintWriter();
        packed.Clear();
        WriteHead(packed, PackedVersion, date, length);
        packed.WriteNumber(Fragments.Count);
        packed.WriteNumber(Body.Length);
        RecipePacking.Pack(Body, dictionary, packed);
        var octets = new byte[Math.Max(packed.Written.Length, LongForARow)];
        packed.Written.CopyTo(octets);
        return new MailRecipe(octets, [.. Fragments, dictionary.Fragment]);
    }

    internal static void WriteHead(VarintWriter output, byte version, DateTimeOffset date, int length)
    {
        output.Write([version]);
        output.WriteNumber(Math.Max(0, date.ToUnixTimeSeconds()));
        output.WriteNumber(length);
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
        if (ReadHead(ref reader).Length != mail.Length)
            throw new InvalidDataException("The recipe is damaged.");
        if (!IsPacked)
        {
            PutTogether(Octets.AsSpan(reader.Position), mail);
            return;
        }

        var (dictionary, length) = (reader.ReadNumber(), reader.ReadNumber());
        if (dictionary >= Fragments.Count || Fragments[dictionary].Count != 1)
            throw new InvalidDataException("The recipe is for other fragments.");
        if (length > LongestMail)
            throw new InvalidDataException("The recipe is damaged.");
        var body = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            RecipePacking.Unpack(ref reader, Fragments[dictionary].OctetsOf(0), body.AsSpan(0, length));
            PutTogether(body.AsSpan(0, length), mail);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    private void PutTogether(ReadOnlySpan<byte> body, Span<byte> mail)
    {
        var reader = new VarintReader(body);
        var tokenCount = reader.ReadNumber();
        if (tokenCount > MostTokens)
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
            var copied = Fragments[fragment].CopyTo(rest, piece, token == 0 ? default : body[tokens[token - 1]]);
            if (step == Step.Behind)
                reader.Read(Math.Min(reader.ReadNumber(), copied)).CopyTo(rest);
            rest = rest[copied..];
        }

        if (!rest.IsEmpty)
            throw new InvalidDataException("The recipe makes a shorter mail than it says.");
    }

    private static (DateTimeOffset Date, int Length) ReadHead(ref VarintReader reader)
    {
        if (reader.ReadOctet() is not (Version or PackedVersion))
            throw new InvalidDataException("The recipe is of another version.");
        var (seconds, length) = (reader.ReadLong(), reader.ReadNumber());
        return length <= LongestMail && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? (DateTimeOffset.FromUnixTimeSeconds(seconds), length)
            : throw new InvalidDataException("The recipe is damaged.");
    }
}
