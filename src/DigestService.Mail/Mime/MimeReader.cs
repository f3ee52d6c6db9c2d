using System.Text;

namespace DigestService.Mail.Mime;

/// <summary>How much of a mail is looked at. What lies beyond is left out, never an error.</summary>
public sealed record MimeLimits
{
    /// <summary>Limits that any honest mail keeps.</summary>
    public static MimeLimits Default { get; } = new();

    /// <summary>Octets of the whole mail.</summary>
    public int MaxBytes { get; init; } = 25_000_000;

    /// <summary>How deep parts may stand in parts and mails in mails.</summary>
    public int MaxDepth { get; init; } = 12;

    /// <summary>Parts of the whole mail.</summary>
    public int MaxParts { get; init; } = 500;

    /// <summary>Header fields of one part.</summary>
    public int MaxHeaders { get; init; } = 500;

    /// <summary>Octets of one header field.</summary>
    public int MaxHeaderBytes { get; init; } = 32_000;
}

/// <summary>
/// Reads mail that strangers sent (RFC 5322, 2045 to 2047, 2231, 3464, 5965): whatever the octets are, it answers a
/// tree of parts, in time proportional to their number. It throws for nothing.
/// </summary>
public static class MimeReader
{
    /// <summary>Reads one mail, with or without a byte order mark or an mbox "From " line before it.</summary>
    public static MimePart Read(ReadOnlyMemory<byte> raw, MimeLimits? limits = null)
    {
        limits ??= MimeLimits.Default;
        var bounded = raw[..Math.Min(raw.Length, limits.MaxBytes)];
        if (bounded.Span.StartsWith(MimeHeaders.ByteOrderMark))
            bounded = bounded[MimeHeaders.ByteOrderMark.Length..];
        if (bounded.Span.StartsWith("From "u8))
        {
            var lineEnd = bounded.Span.IndexOf((byte)'\n');
            bounded = lineEnd < 0 ? default : bounded[(lineEnd + 1)..];
        }

        return new Reading(limits).ReadEntity(bounded, depth: 0, "text/plain");
    }

    private sealed class Reading(MimeLimits limits)
    {
        private int _parts;

        public MimePart ReadEntity(ReadOnlyMemory<byte> octets, int depth, string defaultType)
        {
            _parts++;
            var headers = MimeHeaders.Read(octets, limits, out var bodyStart);
            var body = octets[bodyStart..];
            var type = ContentType.Parse(headers.First("Content-Type"), defaultType);
            var part = new MimePart(headers, type, body);
            if (depth >= limits.MaxDepth)
                return part;
            if (type.IsMultipart && type.Boundary is { Length: > 0 } boundary)
            {
                var childType = string.Equals(type.MediaType, "multipart/digest", StringComparison.Ordinal) ? "message/rfc822" : "text/plain";
                return part with { Children = ReadParts(body, boundary, depth, childType) };
            }

            // A nested mail may be encoded by those who do not know that it must not be.
            return type.MediaType is "message/rfc822" or "message/global" && _parts < limits.MaxParts
                ? part with { Children = [ReadEntity(part.Content, depth + 1, "text/plain")] }
                : part;
        }

        private List<MimePart> ReadParts(ReadOnlyMemory<byte> body, string boundary, int depth, string childType)
        {
            var parts = new List<MimePart>();
            var delimiter = Encoding.UTF8.GetBytes("--" + boundary);
            var partStart = -1;
            var position = 0;
            while (position < body.Length)
            {
                var line = body.Span[position..];
                var newline = line.IndexOf((byte)'\n');
                var next = newline < 0 ? body.Length : position + newline + 1;
                line = line[..(next - position)];
                if (line.StartsWith(delimiter) && IsDelimiterEnd(line[delimiter.Length..], out var isLast))
                {
                    if (partStart >= 0)
                        AddPart(body[partStart..LineBreakBefore(body.Span, partStart, position)]);
                    partStart = isLast ? -1 : next;
                    if (isLast || _parts >= limits.MaxParts)
                        return parts;
                }

                position = next;
            }

            // The end of the mail ends a part that nobody ended.
            if (partStart >= 0)
                AddPart(body[partStart..]);
            return parts;

            void AddPart(ReadOnlyMemory<byte> octets)
            {
                if (_parts < limits.MaxParts)
                    parts.Add(ReadEntity(octets, depth + 1, childType));
            }
        }

        private static bool IsDelimiterEnd(ReadOnlySpan<byte> rest, out bool isLast)
        {
            isLast = rest.StartsWith("--"u8);
            if (isLast)
                rest = rest[2..];
            return rest.Trim(" \t\r\n"u8).IsEmpty;
        }

        private static int LineBreakBefore(ReadOnlySpan<byte> body, int start, int position)
        {
            if (position > start && body[position - 1] == '\n')
                position--;
            if (position > start && body[position - 1] == '\r')
                position--;
            return position;
        }
    }
}
