using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace DigestService.Subscribers;

/// <summary>One record of a CSV file: its fields, the line it begins on, and what is wrong with it as CSV, if anything.</summary>
internal sealed record CsvRecord(int Line, IReadOnlyList<string> Fields, string? Fault = null);

/// <summary>
/// Reads CSV as RFC 4180 has it by CsvHelper, a record at a time and never more than one in memory. CsvHelper is given
/// one line after the other: so it is known on which line a record begins, and a quotation mark that is never closed
/// cannot swallow the rest of a large file. A line without a quotation mark is a record whose fields end at its commas, and is
/// taken apart here, in a tenth of the time.
/// </summary>
internal sealed class CsvRecords(TextReader text) : IDisposable
{
    private readonly Lines _lines = new(text);
    private CsvParser? _parser;
    private string? _fault;

    /// <summary>The next record that holds anything, or null at the end of the file.</summary>
    public CsvRecord? Read()
    {
        while (!_lines.IsAtEnd)
        {
            var record = ReadRecord();
            if (record.Fault is not null || record.Fields.Any(field => field.Length > 0))
                return record;
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _parser?.Dispose();
        _lines.Dispose();
    }

    private CsvRecord ReadRecord()
    {
        var start = _lines.Number;
        if (_lines.TryReadPlain(out var plain))
            return new CsvRecord(start, Fields(plain));
        _lines.BeginRecord();
        _fault = null;
        _parser ??= new CsvParser(_lines, Format(), leaveOpen: true);
        List<string> fields = _parser.Read() ? [.. Enumerable.Range(0, _parser.Count).Select(i => _parser[i].Trim())] : [];
        if (!_lines.IsCut && !_lines.IsAtEnd)
            return new CsvRecord(start, fields, _fault);

        // The end of its input, true or not, is the end of a parser.
        var isOpen = _parser.RawRecord.Count(c => c == '"') % 2 != 0 && (_fault is null || _fault == NeverClosed);
        _parser.Dispose();
        _parser = null;
        return new CsvRecord(start, fields, (_lines.IsCut, isOpen) switch
        {
            (true, _) => $"is longer than {Lines.LongestRecord} characters{UnreadLines(start)}",
            (false, true) => NeverClosed + UnreadLines(start),
            _ => _fault,
        });
    }

    private static string[] Fields(ReadOnlySpan<char> line)
    {
        var fields = new string[line.Count(',') + 1];
        var at = 0;
        foreach (var range in line.Split(','))
            fields[at++] = line[range].Trim().ToString();
        return fields;
    }

    private const string NeverClosed = "opens a quotation mark that is never closed";

    private string UnreadLines(int start) => _lines.Number - 1 > start
        ? string.Create(CultureInfo.InvariantCulture, $"; what stands up to line {_lines.Number - 1} was taken for one field and is not read")
        : "";

    private CsvConfiguration Format() => new(CultureInfo.InvariantCulture)
    {
        Mode = CsvMode.RFC4180,
        HasHeaderRecord = false,
        Delimiter = ",",
        NewLine = "\n",
        IgnoreBlankLines = false,
        BadDataFound = bad => _fault ??= bad.Field.StartsWith('"')
            ? bad.Field.Count(c => c == '"') % 2 == 0 ? "has something behind a closing quotation mark" : NeverClosed
            : "has a quotation mark inside a field that does not begin with one",
    };

    /// <summary>The file, a line at a call and each line's end written alike; no record gets more than it may hold.</summary>
    private sealed class Lines(TextReader text) : TextReader
    {
        /// <summary>In characters.</summary>
        public const int LongestRecord = 64 * 1024;

        private readonly char[] _chunk = new char[LongestRecord / 2];
        private int _at;
        private int _length;
        private int _supplied;

        /// <summary>The line that comes next, or is on its way.</summary>
        public int Number { get; private set; } = 1;

        /// <summary>The record was too long: the rest of its last line was passed over.</summary>
        public bool IsCut { get; private set; }

        /// <summary>Nothing comes any more.</summary>
        public bool IsAtEnd => !Fill();

        /// <summary>The next line, if all of it and its end are in memory and no quotation mark is in it.</summary>
        public bool TryReadPlain(out ReadOnlySpan<char> line)
        {
            line = default;
            if (!Fill())
                return false;
            var rest = _chunk.AsSpan(_at, _length - _at);
            var end = rest.IndexOfAny('\n', '\r', '"');
            // Behind a return there may be a line feed, which has to be in memory too.
            if (end < 0 || rest[end] is '"' || (rest[end] is '\r' && end + 1 == rest.Length))
                return false;
            line = rest[..end];
            _at += end + (rest[end] is '\r' && rest[end + 1] is '\n' ? 2 : 1);
            Number++;
            return true;
        }

        /// <summary>What is read from here on belongs to another record.</summary>
        public void BeginRecord() => (_supplied, IsCut) = (0, false);

        /// <inheritdoc/>
        public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

        /// <inheritdoc/>
        public override int Read(Span<char> buffer)
        {
            var n = 0;
            while (n < buffer.Length && !IsCut && Next() is { } c)
            {
                buffer[n++] = c;
                if (c == '\n')
                    break;
                if (++_supplied <= LongestRecord)
                    continue;
                IsCut = true;
                while (c != '\n' && Next() is { } rest)
                    c = rest;
            }

            return n;
        }

        private char? Next()
        {
            if (!Fill())
                return null;
            var c = _chunk[_at++];
            if (c is '\r')
            {
                if (Fill() && _chunk[_at] is '\n')
                    _at++;
                c = '\n';
            }

            if (c is '\n')
                Number++;
            return c;
        }

        private bool Fill()
        {
            if (_at < _length)
                return true;
            (_at, _length) = (0, text.Read(_chunk));
            return _length > 0;
        }
    }
}
