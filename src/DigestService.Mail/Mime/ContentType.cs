using System.Text;

namespace DigestService.Mail.Mime;

/// <summary>A Content-Type, or any field of that form: a value and its parameters (RFC 2045 5.1, 2231).</summary>
public sealed class ContentType
{
    private const int MaxParameters = 50;
    private readonly Dictionary<string, string> _parameters;

    private ContentType(string mediaType, Dictionary<string, string> parameters)
    {
        MediaType = mediaType;
        _parameters = parameters;
    }

    /// <summary>Type and subtype in lower case, such as <c>text/plain</c>.</summary>
    public string MediaType { get; }

    /// <summary>Whether parts follow.</summary>
    public bool IsMultipart => MediaType.StartsWith("multipart/", StringComparison.Ordinal);

    /// <summary>Charset as named, or null.</summary>
    public string? Charset => this["charset"];

    /// <summary>Boundary between parts, or null.</summary>
    public string? Boundary => this["boundary"];

    /// <summary>A parameter by its name, or null.</summary>
    public string? this[string parameter] => _parameters.GetValueOrDefault(parameter);

    /// <summary>Reads a field's value; what is missing or makes no sense counts as <paramref name="fallback"/>.</summary>
    public static ContentType Parse(string? value, string fallback)
    {
        var text = (value ?? "").AsSpan();
        var end = text.IndexOf(';');
        var mediaType = (end < 0 ? text : text[..end]).Trim().ToString().ToLowerInvariant();
        var slash = mediaType.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == mediaType.Length - 1 || mediaType.Any(char.IsWhiteSpace))
            mediaType = mediaType is "text" ? "text/plain" : fallback;
        return new ContentType(mediaType, end < 0 ? [] : ReadParameters(text[(end + 1)..]));
    }

    private static Dictionary<string, string> ReadParameters(ReadOnlySpan<char> rest)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var count = 0; count < MaxParameters && !rest.IsEmpty; count++)
        {
            var name = ReadName(ref rest);
            var value = ReadValue(ref rest);
            if (name.Length > 0)
                AddParameter(parameters, name, value);
        }

        return parameters;
    }

    private static string ReadName(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny('=', ';');
        if (end < 0)
            end = rest.Length;
        var name = rest[..end].Trim().ToString();
        rest = rest[end..];
        return name;
    }

    private static string ReadValue(ref ReadOnlySpan<char> rest)
    {
        if (rest is not ['=', ..])
        {
            rest = rest.IsEmpty ? rest : rest[1..];
            return "";
        }

        rest = rest[1..].TrimStart();
        if (rest is ['"', ..])
            return ReadQuoted(ref rest);
        var end = rest.IndexOf(';');
        var value = (end < 0 ? rest : rest[..end]).Trim().ToString();
        rest = end < 0 ? default : rest[(end + 1)..];
        return value;
    }

    private static string ReadQuoted(ref ReadOnlySpan<char> rest)
    {
        var value = new StringBuilder();
        var position = 1;
        while (position < rest.Length && rest[position] != '"')
        {
            if (rest[position] == '\\' && position + 1 < rest.Length)
                position++;
            value.Append(rest[position++]);
        }

        rest = rest[Math.Min(position + 1, rest.Length)..];
        var end = rest.IndexOf(';');
        rest = end < 0 ? default : rest[(end + 1)..];
        return value.ToString();
    }

    // name*=utf-8''percent, name*0=, name*0*=: later pieces are put after earlier ones, in the order they come.
    private static void AddParameter(Dictionary<string, string> parameters, string name, string value)
    {
        var star = name.IndexOf('*', StringComparison.Ordinal);
        if (star <= 0)
        {
            parameters.TryAdd(name, value);
            return;
        }

        var isFirst = name.Length == star + 1 || name.AsSpan(star + 1) is "0" or "0*";
        if (name[^1] == '*')
            value = DecodeExtended(value, isFirst);
        var key = name[..star];
        parameters[key] = isFirst ? value : parameters.GetValueOrDefault(key) + value;
    }

    private static string DecodeExtended(string value, bool isFirst)
    {
        var quote = isFirst ? value.IndexOf('\'', StringComparison.Ordinal) : -1;
        var second = quote < 0 ? -1 : value.IndexOf('\'', quote + 1);
        var charset = second < 0 ? null : value[..quote];
        var octets = new List<byte>(value.Length);
        for (var i = second + 1; i < value.Length; i++)
        {
            if (value[i] == '%' && i + 2 < value.Length && char.IsAsciiHexDigit(value[i + 1]) && char.IsAsciiHexDigit(value[i + 2]))
            {
                octets.Add(Convert.ToByte(value.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                octets.Add((byte)value[i]);
            }
        }

        return Charsets.Decode([.. octets], charset);
    }
}
