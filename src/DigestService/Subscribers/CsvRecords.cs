using System.Text;

namespace DigestService.Subscribers;

/// <summary>One record of a CSV file: its fields, the line it begins on, and what is wrong with it as CSV, if anything.</summary>
internal sealed record CsvRecord(int Line, IReadOnlyList<string> Fields, string? Fault = null);

/// <summary>
/// Reads CSV as RFC 4180 has it, a record at a time and never more than one in memory: commas, fields in quotation
/// marks with doubled ones inside, line breaks within them, any kind of line end.
/// </summary>
internal sealed class CsvRecords(TextReader text)
{
    private const int LongestRecord = 64 * 1024;
    private readonly StringBuilder _field = new();
    private int _line = 1;

    /// <summary>The next record that holds anything, or null at the end of the file.</summary>
    public CsvRecord? Read()
    {
        while (text.Peek() >= 0)
        {
            var record = ReadRecord();
            if (record.Fault is not null || record.Fields.Any(field => field.Length > 0))
                return record;
        }

        return null;
    }

    private CsvRecord ReadRecord()
    {
        var start = _line;
        var fields = new List<string>();
        var length = 0;
        var isQuoted = false;
        var wasQuoted = false;
        string? fault = null;
        _field.Clear();
        while (text.Read() is >= 0 and var read)
        {
            var c = (char)read;
            if (c is '\r' && text.Peek() is '\n')
                continue;
            if (c is '\n' or '\r')
                _line++;
            if (!isQuoted && c is '\n' or '\r')
                break;
            if (++length > LongestRecord)
            {
                fault = $"is longer than {LongestRecord} characters";
                _field.Clear();
                // An endless field in quotation marks must not swallow the rest of the file.
                if (c is '\n' or '\r')
                    break;
            }
            else if (c is '"')
            {
                if (isQuoted && text.Peek() is '"')
                    _field.Append((char)text.Read());
                else if (!isQuoted && (_field.Length > 0 || wasQuoted))
                    fault ??= "has a quotation mark inside a field that does not begin with one";
                else
                    (isQuoted, wasQuoted) = (!isQuoted, true);
            }
            else if (c is ',' && !isQuoted)
            {
                fields.Add(Take());
                wasQuoted = false;
            }
            else if (wasQuoted && !isQuoted)
            {
                fault ??= "has something behind a closing quotation mark";
            }
            else
            {
                _field.Append(c);
            }
        }

        if (isQuoted)
            fault ??= "opens a quotation mark that is never closed";
        fields.Add(Take());
        return new CsvRecord(start, fields, fault);
    }

    private string Take()
    {
        var field = _field.ToString().Trim();
        _field.Clear();
        return field;
    }
}
