using System.Text;

namespace DigestService.Mails;

/// <summary>Reads back what our own encoders wrote.</summary>
internal static class WireText
{
    /// <summary>Lines of ASCII that were not encoded, ending in LF.</summary>
    public static string WithoutCarriageReturns(ReadOnlySpan<byte> wire) =>
        Encoding.ASCII.GetString(wire).Replace("\r", "", StringComparison.Ordinal);

    /// <summary>The text of a quoted-printable part, its lines ending in LF.</summary>
    public static string Decode(ReadOnlySpan<byte> wire)
    {
        var octets = new byte[wire.Length];
        var length = 0;
        for (var at = 0; at < wire.Length; at++)
        {
            if (wire[at] != '=')
            {
                if (wire[at] != '\r')
                    octets[length++] = wire[at];
            }
            else
            {
                if (wire[at + 1] != '\r')
                    octets[length++] = (byte)((HexDigit(wire[at + 1]) << 4) | HexDigit(wire[at + 2]));
                at += 2;
            }
        }

        return Encoding.UTF8.GetString(octets, 0, length);
    }

    private static int HexDigit(byte digit) => digit <= '9' ? digit - '0' : digit - 'A' + 10;
}
