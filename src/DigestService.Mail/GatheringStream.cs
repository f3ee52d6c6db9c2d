namespace DigestService.Mail;

/// <summary>
/// A connection that holds back what is written until it is flushed, or until an answer is read, and then sends it in
/// one write: envelope, or command and whole mail. MailKit alone would write blocks of 4 kB. What a server answers to one
/// write is bounded; MailKit itself sets no limit.
/// </summary>
internal sealed class GatheringStream(Stream network, int mostOctetsAnAnswer) : Stream
{
    // A digest of ten papers has 25 to 50 kB; a larger mail goes out in several writes of this size.
    private const int Capacity = 64 * 1024;

    private readonly byte[] _held = new byte[Capacity];
    private int _length;
    private long _answered;
    private ReadOnlyMemory<byte> _latest;

    /// <summary>
    /// Whether octets came together with the latest reply and after its end. Before TLS that is somebody on the wire who
    /// wants them to be believed as said in TLS.
    /// </summary>
    public bool HasMoreThanAReply
    {
        get
        {
            var rest = _latest.Span;
            int end;
            while ((end = rest.IndexOf((byte)'\n')) >= 0)
            {
                var isLast = end < 3 || rest[3] != '-';
                rest = rest[(end + 1)..];
                if (isLast)
                    return rest.Length > 0;
            }

            return false;
        }
    }

    /// <summary>The first octet that came; null while none did. TLS begins with 21 or 22, no reply in the clear does.</summary>
    public byte? FirstOctet { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length > Capacity - _length)
            return WriteThroughAsync(buffer, cancellationToken);
        buffer.CopyTo(_held.AsMemory(_length));
        _length += buffer.Length;
        return ValueTask.CompletedTask;
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_length == 0)
            return;
        var length = _length;
        (_length, _answered) = (0, 0);
        await network.WriteAsync(_held.AsMemory(0, length), cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await FlushAsync(cancellationToken);
        var read = await network.ReadAsync(buffer, cancellationToken);
        _answered += read;
        _latest = buffer[..read];
        if (read > 0)
            FirstOctet ??= buffer.Span[0];
        return _answered <= mostOctetsAnAnswer ? read : throw new IOException("The server's answer has no end.");
    }

    // MailKit ends IDLE by a synchronous write while a read waits.
    public override void Write(byte[] buffer, int offset, int count)
    {
        if (count > Capacity - _length)
            Flush();
        if (count > Capacity)
        {
            network.Write(buffer, offset, count);
            return;
        }

        buffer.AsSpan(offset, count).CopyTo(_held.AsSpan(_length));
        _length += count;
    }

    public override void Flush()
    {
        var length = _length;
        (_length, _answered) = (0, 0);
        network.Write(_held, 0, length);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The connection is read asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            network.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask WriteThroughAsync(ReadOnlyMemory<byte> rest, CancellationToken ct)
    {
        while (rest.Length > 0)
        {
            if (_length == Capacity)
                await FlushAsync(ct);
            var fits = Math.Min(rest.Length, Capacity - _length);
            rest[..fits].CopyTo(_held.AsMemory(_length));
            _length += fits;
            rest = rest[fits..];
        }
    }
}
