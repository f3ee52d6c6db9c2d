using System.Globalization;

namespace DigestService.Inbound.Reading;

/// <summary>Finds SMTP reply codes and enhanced status codes in running text, in one pass.</summary>
internal static class RefusalCodes
{
    private const int MostText = 300;

    /// <summary>The first reply code and the first enhanced status; the last code where a later line gives the final word.</summary>
    public static (int? Code, string? Status) Read(string? text)
    {
        int? code = null;
        string? status = null;
        if (text is null)
            return (null, null);
        var span = text.AsSpan(0, Math.Min(text.Length, 8000));
        for (var i = 0; i < span.Length; i++)
        {
            if (span[i] is not ('2' or '4' or '5') || i > 0 && (char.IsLetterOrDigit(span[i - 1]) || span[i - 1] is '.' or '-' && !IsAfterCode(span, i)))
                continue;
            var rest = span[i..];
            if (status is null && TryStatus(rest, out var length))
            {
                status = rest[..length].ToString();
                i += length - 1;
            }
            else if (code is null && IsCode(rest))
            {
                code = int.Parse(rest[..3], NumberStyles.None, CultureInfo.InvariantCulture);
                i += 2;
            }
        }

        return (code, status);
    }

    /// <summary>A code as the status it stands for, or null.</summary>
    public static string? Write(int? code) => code?.ToString(CultureInfo.InvariantCulture);

    /// <summary>One line of bounded length without control characters.</summary>
    public static string? Shorten(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var line = string.Join(' ', text[..Math.Min(text.Length, MostText * 4)].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        line = string.Concat(line.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)));
        return line.Length <= MostText ? line : line[..MostText];
    }

    private static bool IsAfterCode(ReadOnlySpan<char> text, int at) => at >= 4 && text[at - 1] == '-' && char.IsAsciiDigit(text[at - 2]);

    // x.y.z with no fourth number behind it, which would be a network address.
    private static bool TryStatus(ReadOnlySpan<char> rest, out int length)
    {
        length = 0;
        if (rest.Length < 5 || rest[1] != '.')
            return false;
        var second = Digits(rest[2..]);
        if (second is 0 or > 3 || rest.Length <= 2 + second || rest[2 + second] != '.')
            return false;
        var third = Digits(rest[(3 + second)..]);
        if (third is 0 or > 3)
            return false;
        length = 3 + second + third;
        return rest.Length == length || !char.IsLetterOrDigit(rest[length]) && !(rest[length] == '.' && length + 1 < rest.Length && char.IsAsciiDigit(rest[length + 1]));
    }

    private static bool IsCode(ReadOnlySpan<char> rest) =>
        rest.Length >= 3 && rest[0] is '4' or '5' && Digits(rest) == 3 && rest[1] is >= '0' and <= '5'
        && (rest.Length == 3 || rest[3] is ' ' or '-' or ':' or ',' or ';' or ']' or ')' or '>' or '"' or '\n' or '_' or '.' && rest[1] == '5');

    private static int Digits(ReadOnlySpan<char> text)
    {
        var count = 0;
        while (count < text.Length && count < 4 && char.IsAsciiDigit(text[count]))
            count++;
        return count;
    }
}
