using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using NodaTime;
using Npgsql;

namespace DigestService.Platform;

/// <summary>
/// Rows on their way into a table by a binary COPY (PostgreSQL's documentation of COPY, "Binary Format"). Values are put into a
/// buffer of our own and sent some fifty kilobytes at a time, which takes a third of the CPU of a call to the client for each value.
/// </summary>
internal sealed class CopyWriter : IAsyncDisposable
{
    private const int SentAtOnce = 48 * 1024;
    private const int BigintOid = 20;
    private const int TextOid = 25;
    private static readonly byte[] Header = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0];
    private static readonly long Epoch = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;
    private static readonly int EpochDay = new DateOnly(2000, 1, 1).DayNumber;

    private readonly NpgsqlRawCopyStream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(SentAtOnce + (16 * 1024));
    private int? _row;
    private short _columns;
    private bool _isComplete;

    private CopyWriter(NpgsqlRawCopyStream stream)
    {
        _stream = stream;
        _buffer.Write(Header);
    }

    /// <summary>Begins a <c>copy … from stdin (format binary)</c>.</summary>
    public static async Task<CopyWriter> BeginAsync(NpgsqlConnection connection, string copy, CancellationToken ct) =>
        new(await connection.BeginRawBinaryCopyAsync(copy, ct));

    /// <summary>Begins a row; what is written until the next are its columns, as many as the COPY names.</summary>
    public ValueTask StartRowAsync(CancellationToken ct)
    {
        EndRow();
        var sent = _buffer.WrittenCount >= SentAtOnce ? SendAsync(ct) : default;
        if (!sent.IsCompletedSuccessfully)
            return StartRowAfterAsync(sent);
        StartRow();
        return default;
    }

    /// <summary>A <c>bigint</c>.</summary>
    public void Write(long value) => BinaryPrimitives.WriteInt64BigEndian(Field(sizeof(long)), value);

    /// <summary>A <c>bigint</c> that may be absent.</summary>
    public void Write(long? value)
    {
        if (value is { } given)
            Write(given);
        else
            WriteNull();
    }

    /// <summary>An <c>integer</c>.</summary>
    public void Write(int value) => BinaryPrimitives.WriteInt32BigEndian(Field(sizeof(int)), value);

    /// <summary>An <c>integer</c> that may be absent.</summary>
    public void Write(int? value)
    {
        if (value is { } given)
            Write(given);
        else
            WriteNull();
    }

    /// <summary>A <c>smallint</c>.</summary>
    public void Write(short value) => BinaryPrimitives.WriteInt16BigEndian(Field(sizeof(short)), value);

    /// <summary>A <c>real</c>.</summary>
    public void Write(float value) => BinaryPrimitives.WriteSingleBigEndian(Field(sizeof(float)), value);

    /// <summary>A <c>real</c> that may be absent.</summary>
    public void Write(float? value)
    {
        if (value is { } given)
            Write(given);
        else
            WriteNull();
    }

    /// <summary>A <c>boolean</c>.</summary>
    public void Write(bool value) => Field(1)[0] = value ? (byte)1 : (byte)0;

    /// <summary>A <c>text</c>.</summary>
    public void Write(string? value)
    {
        if (value is null)
        {
            WriteNull();
            return;
        }

        _columns++;
        AddText(value);
    }

    /// <summary>A <c>bytea</c>.</summary>
    public void Write(byte[] value) => value.CopyTo(Field(value.Length));

    /// <summary>A <c>text[]</c>.</summary>
    public void Write(IReadOnlyList<string> values)
    {
        var start = StartArray(TextOid, values.Count);
        for (var i = 0; i < values.Count; i++)
            AddText(values[i]);
        SetLength(start);
    }

    /// <summary>A <c>bigint[]</c> that may be absent.</summary>
    public void Write(long[]? values)
    {
        if (values is null)
        {
            WriteNull();
            return;
        }

        var start = StartArray(BigintOid, values.Length);
        foreach (var value in values)
        {
            AddInt32(sizeof(long));
            BinaryPrimitives.WriteInt64BigEndian(_buffer.GetSpan(sizeof(long)), value);
            _buffer.Advance(sizeof(long));
        }

        SetLength(start);
    }

    /// <summary>A <c>jsonb</c>, from its octets as text.</summary>
    public void WriteJson(ReadOnlySpan<byte> json)
    {
        var field = Field(1 + json.Length);
        field[0] = 1; // the version of the format
        json.CopyTo(field[1..]);
    }

    /// <summary>A <c>timestamptz</c>, to the microsecond.</summary>
    public void Write(Instant value) => Write((value.ToDateTimeUtc().Ticks - Epoch) / TimeSpan.TicksPerMicrosecond);

    /// <summary>A <c>timestamptz</c> that may be absent.</summary>
    public void Write(Instant? value)
    {
        if (value is { } given)
            Write(given);
        else
            WriteNull();
    }

    /// <summary>A <c>date</c>.</summary>
    public void Write(LocalDate value) => Write(value.ToDateOnly().DayNumber - EpochDay);

    /// <summary>A <c>date</c> that may be absent.</summary>
    public void Write(LocalDate? value)
    {
        if (value is { } given)
            Write(given);
        else
            WriteNull();
    }

    /// <summary>A <c>time</c>.</summary>
    public void Write(LocalTime value) => Write(value.TickOfDay / TimeSpan.TicksPerMicrosecond);

    /// <summary>A null of any type.</summary>
    public void WriteNull()
    {
        _columns++;
        AddInt32(-1);
    }

    /// <summary>Ends the COPY; what the database refuses is thrown here.</summary>
    public async Task CompleteAsync(CancellationToken ct)
    {
        EndRow();
        AddInt16(-1);
        await SendAsync(ct);
        _isComplete = true;
        await _stream.DisposeAsync();
    }

    /// <summary>Takes back everything unless it was completed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isComplete)
            return;
        // Left alone, the stream would end the COPY as if it were whole.
        try
        {
            await _stream.CancelAsync();
            await _stream.DisposeAsync();
        }
        catch (Exception gone) when (gone is NpgsqlException or IOException or ObjectDisposedException)
        {
            // The connection broke, and whoever wrote has been told by then.
        }
    }

    private async ValueTask StartRowAfterAsync(ValueTask sent)
    {
        await sent;
        StartRow();
    }

    private void StartRow()
    {
        (_row, _columns) = (_buffer.WrittenCount, 0);
        AddInt16(0);
    }

    // A row begins with the number of its columns, which is left open until they are written.
    private void EndRow()
    {
        if (_row is { } row)
            BinaryPrimitives.WriteInt16BigEndian(Written(row), _columns);
        _row = null;
    }

    private async ValueTask SendAsync(CancellationToken ct)
    {
        await _stream.WriteAsync(_buffer.WrittenMemory, ct);
        _buffer.ResetWrittenCount();
    }

    private Span<byte> Field(int length)
    {
        _columns++;
        AddInt32(length);
        var field = _buffer.GetSpan(length)[..length];
        _buffer.Advance(length);
        return field;
    }

    // Answers where its length is left open.
    private int StartArray(int elements, int count)
    {
        _columns++;
        var start = _buffer.WrittenCount;
        AddInt32(0);
        AddInt32(count == 0 ? 0 : 1); // dimensions
        AddInt32(0); // no element is null
        AddInt32(elements);
        if (count > 0)
        {
            AddInt32(count);
            AddInt32(1); // the first is number one
        }

        return start;
    }

    private void AddText(string value)
    {
        var space = _buffer.GetSpan(sizeof(int) + Encoding.UTF8.GetMaxByteCount(value.Length));
        var length = Encoding.UTF8.GetBytes(value, space[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(space, length);
        _buffer.Advance(sizeof(int) + length);
    }

    private void AddInt16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_buffer.GetSpan(sizeof(short)), value);
        _buffer.Advance(sizeof(short));
    }

    private void AddInt32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.GetSpan(sizeof(int)), value);
        _buffer.Advance(sizeof(int));
    }

    // The octets behind a length that was left open.
    private void SetLength(int start) => BinaryPrimitives.WriteInt32BigEndian(Written(start), _buffer.WrittenCount - start - sizeof(int));

    // The buffer hands out no span of what was written, but a memory.
    private Span<byte> Written(int start) => MemoryMarshal.AsMemory(_buffer.WrittenMemory).Span[start..];
}
