using System.Buffers;
using System.Security.Cryptography;
using System.Text;
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
    private readonly List<Run> _runs;

    private WireTemplate(byte[] wire, int longestLine)
    {
        _wire = wire;
        _runs = FindHoles(wire);
        LongestLine = longestLine;
    }

    /// <summary>Octets on the wire.</summary>
    public int Length => _wire.Length;

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

    /// <summary>Copies the piece, its holes filled.</summary>
    public void CopyTo(IBufferWriter<byte> output, string token = "")
    {
        var copy = Copy(output);
        foreach (var run in _runs)
            Encoding.ASCII.GetBytes(token.AsSpan(run.From, run.Length), copy[run.At..]);
        output.Advance(_wire.Length);
    }

    /// <summary>Copies the piece with its first columns overwritten, as a number in the margin is.</summary>
    public void CopyBehind(IBufferWriter<byte> output, ReadOnlySpan<byte> margin)
    {
        margin.CopyTo(Copy(output));
        output.Advance(_wire.Length);
    }

    private Span<byte> Copy(IBufferWriter<byte> output)
    {
        var copy = output.GetSpan(_wire.Length);
        _wire.CopyTo(copy);
        return copy;
    }

    // A soft line break may stand within a hole: each hole is one or more runs of octets.
    private static List<Run> FindHoles(byte[] wire)
    {
        var runs = new List<Run>();
        for (var at = 0; at < wire.Length; at++)
        {
            if ((Match(wire, at, Hole) ?? Match(wire, at, ShortHole)) is { } found)
            {
                runs.AddRange(found);
                at = found[^1].At + found[^1].Length - 1;
            }
        }

        return runs;
    }

    private static List<Run>? Match(byte[] wire, int at, string hole)
    {
        if (wire[at] != hole[0])
            return null;
        var runs = new List<Run>(2);
        var from = 0;
        for (var matched = 0; matched < hole.Length; matched++, at++)
        {
            if (at + 2 < wire.Length && wire[at] == '=' && wire[at + 1] == '\r')
            {
                if (matched > from)
                    runs.Add(new Run(at - (matched - from), from, matched - from));
                from = matched;
                at += 3;
            }

            if (at >= wire.Length || wire[at] != hole[matched])
                return null;
        }

        runs.Add(new Run(at - (hole.Length - from), from, hole.Length - from));
        return runs;
    }

    private readonly record struct Run(int At, int From, int Length);
}
