using System.Buffers;
using System.Security.Cryptography;
using DigestService.Delivery;
using DigestService.Mail.Mime;
using DigestService.Platform;

namespace DigestService.Mails;

/// <summary>
/// A piece of a mail encoded once, with holes for a reader's signed token: copying it and filling the holes is all
/// that a further reader costs. Tokens of a kind have one length and need no encoding, so no line changes its length.
/// </summary>
internal sealed class WireTemplate
{
    private const int TokenLength = 50;

    /// <summary>Stands where a token goes. Random, so that no title and no address can pretend to be one.</summary>
    public static readonly string Hole = RandomNumberGenerator.GetHexString(TokenLength, lowercase: true);

    /// <summary>Stands where a short token goes.</summary>
    public static readonly string ShortHole = RandomNumberGenerator.GetHexString(LinkSigner.ShortLength, lowercase: true);

    private readonly byte[] _wire;
    private readonly List<MailHole> _holes;

    private WireTemplate(byte[] wire, int longestLine)
    {
        _wire = wire;
        _holes = FindHoles(wire);
        // What stood there was drawn by lot; the same piece is the same octets in every process.
        foreach (var hole in _holes)
            wire.AsSpan(hole.At, hole.Length).Fill((byte)'-');
        LongestLine = longestLine;
    }

    /// <summary>The piece as mails in the outbox name it, once <see cref="Join"/> has made a fragment of it.</summary>
    public MailPiece Piece { get; private set; }

    /// <summary>Octets on the wire.</summary>
    public int Length => _wire.Length;

    /// <summary>The piece as it goes on the wire, its holes not filled.</summary>
    public ReadOnlySpan<byte> Octets => _wire;

    /// <summary>Octets of the longest line, without its CRLF.</summary>
    public int LongestLine { get; }

    /// <summary>Encodes whole lines of plain text, as quoted-printable.</summary>
    public static WireTemplate EncodeText(ReadOnlySpan<char> lines)
    {
        var output = new ArrayBufferWriter<byte>(lines.Length * 5 / 4);
        QuotedPrintable.Encode(lines, output);
        return new WireTemplate(output.WrittenSpan.ToArray(), QuotedPrintable.MaxLine);
    }

    /// <summary>Encodes whole lines of HTML, as ASCII.</summary>
    public static WireTemplate EncodeHtml(ReadOnlySpan<char> lines)
    {
        var output = new ArrayBufferWriter<byte>(lines.Length * 5 / 4);
        var longest = AsciiHtml.Encode(lines, output);
        return new WireTemplate(output.WrittenSpan.ToArray(), longest);
    }

    /// <summary>Makes one fragment of pieces that are used together.</summary>
    public static void Join(params IReadOnlyList<WireTemplate> pieces)
    {
        var fragment = MailFragment.Of([.. pieces.Select(piece => ((ReadOnlyMemory<byte>)piece._wire, (IReadOnlyList<MailHole>)piece._holes))]);
        for (var i = 0; i < pieces.Count; i++)
            pieces[i].Piece = new MailPiece(fragment, i);
    }

    // A soft line break may stand within the place of a token: it is one or more holes then.
    private static List<MailHole> FindHoles(byte[] wire)
    {
        var holes = new List<MailHole>();
        for (var at = 0; at < wire.Length; at++)
        {
            if ((Match(wire, at, Hole) ?? Match(wire, at, ShortHole)) is { } found)
            {
                holes.AddRange(found);
                at = found[^1].At + found[^1].Length - 1;
            }
        }

        return holes;
    }

    private static List<MailHole>? Match(byte[] wire, int at, string hole)
    {
        if (wire[at] != hole[0])
            return null;
        var holes = new List<MailHole>(2);
        var from = 0;
        for (var matched = 0; matched < hole.Length; matched++, at++)
        {
            if (at + 2 < wire.Length && wire[at] == '=' && wire[at + 1] == '\r')
            {
                if (matched > from)
                    holes.Add(new MailHole(at - (matched - from), from, matched - from));
                from = matched;
                at += 3;
            }

            if (at >= wire.Length || wire[at] != hole[matched])
                return null;
        }

        holes.Add(new MailHole(at - (hole.Length - from), from, hole.Length - from));
        return holes;
    }
}
