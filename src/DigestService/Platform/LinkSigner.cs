using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace DigestService.Platform;

/// <summary>What a signed link lets its holder do; a token for one purpose opens no other.</summary>
internal enum LinkPurpose : byte
{
    /// <summary>Confirms a sign-up.</summary>
    Confirm = 1,

    /// <summary>Opens the preferences.</summary>
    Preferences = 2,

    /// <summary>Ends the subscription.</summary>
    Unsubscribe = 3,

    /// <summary>Shows one digest in the browser; the extra value is its day.</summary>
    Digest = 4,

    /// <summary>Records a like, a less or a save; the extra value is the paper.</summary>
    Feedback = 5,

    /// <summary>Names one delivery in an envelope sender (VERP).</summary>
    Bounce = 6,

    /// <summary>Keeps the operator signed in.</summary>
    Admin = 7,

    /// <summary>Shows a reader's saved papers.</summary>
    Saved = 8,

    /// <summary>Moves a reader to a new address; the extra value is when they asked.</summary>
    Address = 9,

    /// <summary>Says when the page of a form was asked for; the subject is the moment in milliseconds since 1970.</summary>
    Form = 10,

    /// <summary>Signs the address that a reader's answers go to.</summary>
    ReplyAddress = 20,

    /// <summary>Signs the address whose mail confirms a sign-up.</summary>
    ConfirmAddress = 21,

    /// <summary>Signs the address whose mail confirms what an earlier message asked for.</summary>
    RequestAddress = 22,
}

/// <summary>What a token that checks out says.</summary>
internal readonly record struct SignedLink(long Subject, long Extra);

/// <summary>
/// Purpose-bound links that need no account and no cookie: 1 octet purpose, 8 subject, 8 extra, 4 expiry in minutes
/// since 1970 (0: none), then the first 16 octets of an HMAC-SHA256 over them, in unpadded base64url. A link that its
/// reader can void without carrying the generation in its extra value is signed with the generation beside the payload;
/// the first generation adds nothing, so that links sent before there were others stay good until they are voided.
/// </summary>
internal sealed class LinkSigner(byte[] key)
{
    /// <summary>Characters of a token by <see cref="SignShort"/>.</summary>
    public const int ShortLength = 16;

    private const int PayloadLength = 1 + 8 + 8 + 4;
    private const int MacLength = 16;
    private const int ShortSubjectLength = 4;
    private const int ShortMacLength = 8;

    // OpenSSL takes twice as long where it is given the key anew for each mac.
    private readonly ConcurrentBag<HMACSHA256> _macs = [];

    /// <summary>A token for one purpose and subject; the same arguments always give the same token.</summary>
    public string Sign(LinkPurpose purpose, long subject, long extra = 0, Instant? expires = null, int generation = 1)
    {
        Span<byte> token = stackalloc byte[PayloadLength + MacLength];
        token[0] = (byte)purpose;
        BinaryPrimitives.WriteInt64BigEndian(token[1..], subject);
        BinaryPrimitives.WriteInt64BigEndian(token[9..], extra);
        BinaryPrimitives.WriteUInt32BigEndian(token[17..], (uint)(expires?.ToUnixTimeSeconds() / 60 ?? 0));
        Mac(token[..PayloadLength], generation, token[PayloadLength..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>
    /// A token for what stands many times in one mail: 4 octets of the subject and 8 of an HMAC-SHA256 over purpose, subject
    /// and generation. What it is about stands beside it in the link, unsigned.
    /// </summary>
    public string SignShort(LinkPurpose purpose, long subject, int generation)
    {
        Span<byte> token = stackalloc byte[ShortSubjectLength + ShortMacLength];
        BinaryPrimitives.WriteUInt32BigEndian(token, checked((uint)subject));
        ShortMac(purpose, subject, generation, token[ShortSubjectLength..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>The subject that a short token names, before anything proves it; null for what is no such token.</summary>
    public static long? ClaimedShortSubject(string? token)
    {
        if (token is not { Length: ShortLength } || !Base64Url.IsValid(token))
            return null;
        Span<byte> bytes = stackalloc byte[ShortSubjectLength + ShortMacLength];
        Base64Url.DecodeFromChars(token, bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    /// <summary>Whether a short token was made for this purpose, subject and generation.</summary>
    public bool IsShort(string token, LinkPurpose purpose, long subject, int generation) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(SignShort(purpose, subject, generation)));

    /// <summary>The subject that a token names, before anything proves it; null for what is no token.</summary>
    public static long? ClaimedSubject(string? token)
    {
        Span<byte> bytes = stackalloc byte[PayloadLength + MacLength];
        return TryDecode(token, bytes) ? BinaryPrimitives.ReadInt64BigEndian(bytes[1..]) : null;
    }

    /// <summary>
    /// Reads a token made for <paramref name="purpose"/> in <paramref name="generation"/>; false for any other, forged, cut
    /// or expired.
    /// </summary>
    public bool TryRead(string? token, LinkPurpose purpose, Instant now, out SignedLink link, int generation = 1)
    {
        link = default;
        Span<byte> bytes = stackalloc byte[PayloadLength + MacLength];
        if (!TryDecode(token, bytes))
            return false;
        Span<byte> mac = stackalloc byte[MacLength];
        Mac(bytes[..PayloadLength], generation, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[PayloadLength..]) || bytes[0] != (byte)purpose)
            return false;
        var minutes = BinaryPrimitives.ReadUInt32BigEndian(bytes[17..]);
        if (minutes != 0 && Instant.FromUnixTimeSeconds(minutes * 60L) <= now)
            return false;
        link = new SignedLink(BinaryPrimitives.ReadInt64BigEndian(bytes[1..]), BinaryPrimitives.ReadInt64BigEndian(bytes[9..]));
        return true;
    }

    /// <summary>A keyed hash of an address (its comparison key), for suppressions that outlive the address itself.</summary>
    public byte[] HashAddress(string addressKey) => Hash("address:" + addressKey);

    /// <summary>Keyed hash of a key of the API: enough to know the key again, useless for making one.</summary>
    public byte[] HashApiKey(string apiKey) => Hash("api-key:" + apiKey);

    /// <summary>The octets of a key of the API that one form asks for, the same each time it is sent.</summary>
    public byte[] MakeApiKey(string form) => Hash("new-api-key:" + form);

    private static bool TryDecode(string? token, Span<byte> bytes)
    {
        if (token is not { Length: 50 } || !Base64Url.IsValid(token, out var length) || length != bytes.Length)
            return false;
        Base64Url.DecodeFromChars(token, bytes);
        return true;
    }

    // Shorter than what a long token signs, and its first octet is no purpose: neither can pass for the other.
    private void ShortMac(LinkPurpose purpose, long subject, int generation, Span<byte> destination)
    {
        Span<byte> full = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> signed = stackalloc byte[1 + sizeof(long) + sizeof(int)];
        signed[0] = (byte)(0x80 | (byte)purpose);
        BinaryPrimitives.WriteInt64BigEndian(signed[1..], subject);
        BinaryPrimitives.WriteInt32BigEndian(signed[9..], generation);
        Hash(signed, full);
        full[..ShortMacLength].CopyTo(destination);
    }

    private void Mac(ReadOnlySpan<byte> payload, int generation, Span<byte> destination)
    {
        Span<byte> full = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> signed = stackalloc byte[PayloadLength + sizeof(int)];
        payload.CopyTo(signed);
        BinaryPrimitives.WriteInt32BigEndian(signed[PayloadLength..], generation);
        Hash(generation == 1 ? payload : signed, full);
        full[..MacLength].CopyTo(destination);
    }

    private byte[] Hash(string text)
    {
        var hash = new byte[HMACSHA256.HashSizeInBytes];
        Hash(Encoding.UTF8.GetBytes(text), hash);
        return hash;
    }

    private void Hash(ReadOnlySpan<byte> signed, Span<byte> destination)
    {
        var mac = _macs.TryTake(out var free) ? free : new HMACSHA256(key);
        if (!mac.TryComputeHash(signed, destination, out _))
            throw new ArgumentException($"A mac has {HMACSHA256.HashSizeInBytes} octets.", nameof(destination));
        _macs.Add(mac);
    }
}
