using System.Security.Cryptography;

namespace DigestService.Mail.Dkim;

/// <summary>
/// The body hash of RFC 6376 3.7 under relaxed canonicalisation (3.4.4), fed piece by piece: white space within a line
/// shrinks to one space, white space at its end and empty lines at the end of the body do not count.
/// </summary>
public sealed class RelaxedBodyHash : IDisposable
{
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _pending = new byte[8192];
    private int _count;
    private int _newlines;
    private bool _hasSpace;
    private bool _hasText;

    /// <summary>Adds octets; a piece may end anywhere, even between CR and LF.</summary>
    public void Append(ReadOnlySpan<byte> body)
    {
        foreach (var octet in body)
        {
            switch (octet)
            {
                case (byte)'\r':
                    break;
                case (byte)'\n':
                    _newlines++;
                    _hasSpace = false;
                    break;
                case (byte)' ' or (byte)'\t':
                    _hasSpace = true;
                    break;
                default:
                    AddPause();
                    Add(octet);
                    _hasText = true;
                    break;
            }
        }
    }

    /// <summary>The SHA-256 of all that was appended; the object starts anew.</summary>
    public byte[] Finish()
    {
        // A body that is not empty ends in exactly one newline.
        if (_hasText)
        {
            Add((byte)'\r');
            Add((byte)'\n');
        }

        Flush();
        (_newlines, _hasSpace, _hasText) = (0, false, false);
        return _sha256.GetHashAndReset();
    }

    /// <inheritdoc/>
    public void Dispose() => _sha256.Dispose();

    private void AddPause()
    {
        for (; _newlines > 0; _newlines--)
        {
            Add((byte)'\r');
            Add((byte)'\n');
        }

        if (_hasSpace)
        {
            Add((byte)' ');
            _hasSpace = false;
        }
    }

    private void Add(byte octet)
    {
        if (_count == _pending.Length)
            Flush();
        _pending[_count++] = octet;
    }

    private void Flush()
    {
        _sha256.AppendData(_pending, 0, _count);
        _count = 0;
    }
}
