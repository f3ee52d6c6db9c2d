using DigestService.Mail;
using DigestService.Platform;
using DigestService.Platform.Layout;

namespace DigestService.Subscribers;

/// <summary>One line of an import that says something: whose reader it is and what they are to have.</summary>
internal sealed class ImportLine(int number, EmailAddress address, LinkSigner signer, string? list, SettingsChange change)
{
    /// <summary>The line of the file that it begins on.</summary>
    public int Number { get; } = number;

    /// <summary>The reader's address.</summary>
    public EmailAddress Address { get; } = address;

    /// <summary>Under which two spellings of the address are one.</summary>
    public string AddressKey { get; } = address.Key;

    /// <summary>The keyed hash of the address, by which those who must not be mailed and those who were erased are known.</summary>
    public byte[] AddressHash { get; } = signer.HashAddress(address.Key);

    /// <summary>The bucket of a reader who is new with this line.</summary>
    public short Bucket { get; } = Buckets.OfAddress(address.Key);

    /// <summary>The list of addresses that the reader is put on.</summary>
    public string? List { get; } = list;

    /// <summary>The settings that the line names.</summary>
    public SettingsChange Change { get; } = change;
}

/// <summary>Reads the records of one file by its header.</summary>
internal sealed class ImportLineParser(string[] header, SettingsParser settings, LinkSigner signer)
{
    // Readers share zones, hours and rhythms: what such cells say is worked out once. Long ones say nothing that others repeat.
    private const int MostKept = 10_000;
    private const int LongestKept = 200;

    private readonly Dictionary<(string?, string?, string?, string?), (SettingsChange Change, IReadOnlyList<InputFault> Errors)> _hours = [];
    private readonly int _email = Array.IndexOf(header, "email");
    private readonly int _topics = Array.IndexOf(header, "topics");
    private readonly int _query = Array.IndexOf(header, "query");
    private readonly int _zone = Array.IndexOf(header, "zone");
    private readonly int _at = Array.IndexOf(header, "at");
    private readonly int _frequency = Array.IndexOf(header, "frequency");
    private readonly int _max = Array.IndexOf(header, "max");
    private readonly int _list = Array.IndexOf(header, "list");

    /// <summary>What a record says, or null and what is wrong with it.</summary>
    public ImportLine? Parse(CsvRecord record, out string fault)
    {
        fault = "";
        if (record.Fault is not null)
            fault = $"The line {record.Fault}.";
        else if (record.Fields.Count != header.Length)
            fault = $"The line has {Quantities.Count(record.Fields.Count, "field", "fields")}; the header has {header.Length}.";
        if (fault.Length > 0)
            return null;

        var email = record.Fields[_email];
        if (!EmailAddress.TryParse(email, out var address))
        {
            fault = email.Length == 0 ? "The line has no email." : "The email is not an address.";
            return null;
        }

        var (wishes, faultyWishes) = settings.Read(Wishes(record.Fields));
        var (hours, faultyHours) = Hours(record.Fields);
        var list = SubscriberLists.NameOf(Cell(record.Fields, _list), out var listFault);
        if (faultyWishes.Count + faultyHours.Count == 0 && listFault is null)
            return new ImportLine(record.Line, address, signer, list, wishes.Wishes is null ? hours : hours with { Wishes = wishes.Wishes });
        var sentences = faultyWishes.Concat(faultyHours).Take(SettingsParser.MostErrors).Select(error => error.Sentence);
        fault = string.Join(" ", listFault is null ? sentences : sentences.Append(listFault));
        return null;
    }

    private (SettingsChange Change, IReadOnlyList<InputFault> Errors) Hours(IReadOnlyList<string> fields)
    {
        var cells = (Cell(fields, _zone), Cell(fields, _at), Cell(fields, _frequency), Cell(fields, _max));
        if (_hours.TryGetValue(cells, out var known))
            return known;
        var read = settings.Read(new SettingsForm { Zone = cells.Item1, At = cells.Item2, Frequency = cells.Item3, Max = cells.Item4 });
        if (new[] { cells.Item1, cells.Item2, cells.Item3, cells.Item4 }.Sum(cell => cell?.Length ?? 0) > LongestKept)
            return read;
        if (_hours.Count >= MostKept)
            _hours.Clear();
        return _hours[cells] = read;
    }

    private SettingsForm Wishes(IReadOnlyList<string> fields)
    {
        var topics = (Cell(fields, _topics) ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var query = Cell(fields, _query) ?? "";
        return new SettingsForm { Topics = topics.Length == 0 ? null : topics, Queries = query.Length == 0 ? null : [query] };
    }

    private static string? Cell(IReadOnlyList<string> fields, int column) => column < 0 ? null : fields[column];
}
