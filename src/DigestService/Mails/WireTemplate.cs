using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using DigestService.Mail.Mime;

namespace DigestService.Mails;

/// <summary>
/// A piece of a mail encoded once, with holes for a reader's signed token: copying it and filling the holes is all
/// that a further reader costs. Tokens have one length and need no encoding, so no line changes its length.
/// </summary>
internal sealed class WireTemplate
{
    /// <summary>Characters of a signed token.</summary>
    public const int TokenLength = 50;

    /// <summary>Stands where a token goes. Random, so that no title and no address can pretend to be one.</summary>
    public static readonly string Hole = RandomNumberGenerator.GetHexString(TokenLength, lowercase: true);

    private readonly byte[] _wire;
    private readonly List<Run> _runs;

    private WireTemplate(byte[] wire, List<Run> runs, int decodedLength)
    {
        _wire = wire;
        _runs = runs;
        DecodedLength = decodedLength;
    }

    /// <summary>Octets of the text before it was encoded.</summary>
    public int DecodedLength { get; }

    /// <summary>Encodes a text of whole lines.</summary>
    public static WireTemplate Encode(ReadOnlySpan<char> lines)
    {
        var output = new ArrayBufferWriter<byte>(lines.Length * 5 / 4);
        QuotedPrintable.Encode(lines, output);
        var wire = output.WrittenSpan.ToArray();
        return new WireTemplate(wire, FindHoles(wire), Encoding.UTF8.GetByteCount(lines));
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
            if (wire[at] == Hole[0] && Match(wire, at) is { } found)
            {
                runs.AddRange(found);
                at = found[^1].At + found[^1].Length - 1;
            }
        }

        return runs;
    }

    private static List<Run>? Match(byte[] wire, int at)
    {
        var runs = new List<Run>(2);
        var from = 0;
        for (var matched = 0; matched < TokenLength; matched++, at++)
        {
            if (at + 2 < wire.Length && wire[at] == '=' && wire[at + 1] == '\r')
            {
                if (matched > from)
                    runs.Add(new Run(at - (matched - from), from, matched - from));
                from = matched;
                at += 3;
            }

            if (at >= wire.Length || wire[at] != Hole[matched])
                return null;
        }

        runs.Add(new Run(at - (TokenLength - from), from, TokenLength - from));
        return runs;
    }

    private readonly record struct Run(int At, int From, int Length);
}
