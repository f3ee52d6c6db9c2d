using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DigestService.Mail;

/// <summary>The client's side of SCRAM-SHA-256 without channel binding (RFC 5802, 7677).</summary>
internal sealed class ScramClient
{
    private const int MostIterations = 1_000_000;

    private readonly string _password;
    private readonly string _nonce;
    private readonly string _bare;
    private byte[]? _serverSignature;

    public ScramClient(string user, string password)
        : this(user, password, Convert.ToBase64String(RandomNumberGenerator.GetBytes(18)))
    {
    }

    internal ScramClient(string user, string password, string nonce)
    {
        _password = password.Normalize(NormalizationForm.FormKC);
        _nonce = nonce;
        var name = user.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
        _bare = $"n={name},r={nonce}";
    }

    /// <summary>The opening message.</summary>
    public string FirstMessage => $"n,,{_bare}";

    /// <summary>The answer to the server's challenge, or null where the challenge is not valid.</summary>
    public string? Answer(string challenge)
    {
        var fields = challenge.Split(',');
        if (fields.Length < 3 || !fields[0].StartsWith($"r={_nonce}", StringComparison.Ordinal) || fields[0].Length <= _nonce.Length + 2
            || !fields[1].StartsWith("s=", StringComparison.Ordinal) || !fields[2].StartsWith("i=", StringComparison.Ordinal)
            || !int.TryParse(fields[2].AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < 1 or > MostIterations)
        {
            return null;
        }

        var salt = new byte[fields[1].Length];
        if (!Convert.TryFromBase64String(fields[1][2..], salt, out var saltLength))
            return null;
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(_password), salt.AsSpan(0, saltLength), iterations, HashAlgorithmName.SHA256, 32);
        var withoutProof = $"c=biws,{fields[0]}";
        var signed = Encoding.UTF8.GetBytes($"{_bare},{challenge},{withoutProof}");
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var proof = HMACSHA256.HashData(SHA256.HashData(clientKey), signed);
        for (var i = 0; i < proof.Length; i++)
            proof[i] ^= clientKey[i];
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), signed);
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>Whether the server's last word proves that it knows the password too.</summary>
    public bool IsServerProof(string message) =>
        _serverSignature is not null
        && message.StartsWith("v=", StringComparison.Ordinal)
        && string.Equals(message[2..].Split(',')[0], Convert.ToBase64String(_serverSignature), StringComparison.Ordinal);
}
