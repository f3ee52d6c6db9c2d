using System.Buffers;
using System.Security.Cryptography;

namespace DigestService.Delivery;

/// <summary>The octets of one mail as they go on the wire, in a pooled buffer where they were put together.</summary>
internal sealed class ReadyMessage : IDisposable
{
    // A signature by a key of 4,096 bits takes some 1,300 octets.
    private const int RoomForSignature = 4096;

    private byte[]? _pooled;

    private ReadyMessage(ReadOnlyMemory<byte> octets, byte[]? pooled)
    {
        Octets = octets;
        _pooled = pooled;
    }

    /// <summary>The message in CRLF lines, signed where a key is set.</summary>
    public ReadOnlyMemory<byte> Octets { get; }

    /// <summary>
    /// Checks a mail against its row's hash and puts it together; null for one that is not the mail that was composed. A
    /// recipe is signed here, with the key of the day: as long as that is the same, so is the signature.
    /// </summary>
    public static ReadyMessage? Of(ClaimedMail mail, MailSignature signature)
    {
        if (mail.Fragments is null)
            return Matches(SHA256.HashData(mail.Message), mail) ? new ReadyMessage(mail.Message, null) : null;
        if (mail.Recipe is not { } recipe || !Matches(recipe.Hash(), mail))
            return null;
        var (date, length) = recipe.ReadHead();
        var buffer = ArrayPool<byte>.Shared.Rent(RoomForSignature + length);
        try
        {
            recipe.PutTogether(buffer.AsSpan(RoomForSignature, length));
            var header = signature.HeaderFor(buffer.AsSpan(RoomForSignature, length), date);
            var start = RoomForSignature - header.Length;
            header.CopyTo(buffer.AsSpan(start));
            return new ReadyMessage(buffer.AsMemory(start, header.Length + length), buffer);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_pooled is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        _pooled = null;
    }

    private static bool Matches(byte[] hash, ClaimedMail mail) => CryptographicOperations.FixedTimeEquals(hash, mail.ContentHash);
}
