using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace DigestService.Admin;

/// <summary>Looks TXT records up (RFC 1035) at this machine's resolvers; .NET itself only asks for addresses.</summary>
internal static class DnsText
{
    private const ushort Text = 16;
    private const ushort Internet = 1;
    private const int HeaderLength = 12;
    private const int NameMissing = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The records of a name, empty where it has none; null when no resolver gave an answer to rely on.</summary>
    public static async Task<IReadOnlyList<string>?> LookUpAsync(string name, CancellationToken ct)
    {
        foreach (var resolver in Resolvers().Take(3))
        {
            if (await LookUpAsync(new IPEndPoint(resolver, 53), name, ct) is { } records)
                return records;
        }

        return null;
    }

    /// <summary>Asks one resolver, over TCP, which has room for keys of any length.</summary>
    public static async Task<IReadOnlyList<string>?> LookUpAsync(IPEndPoint resolver, string name, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
            using var client = new TcpClient(resolver.AddressFamily);
            await client.ConnectAsync(resolver, patience.Token);
            await using var stream = client.GetStream();
            await stream.WriteAsync(Question(id, name), patience.Token);
            var length = new byte[2];
            await stream.ReadExactlyAsync(length, patience.Token);
            var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(answer, patience.Token);
            return Read(answer, id);
        }
        catch (Exception silent) when (silent is SocketException or IOException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private static IEnumerable<IPAddress> Resolvers() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus is OperationalStatus.Up)
        .SelectMany(network => network.GetIPProperties().DnsAddresses)
        .Distinct();

    private static byte[] Question(ushort id, string name)
    {
        using var query = new MemoryStream();
        void Number(int value)
        {
            query.WriteByte((byte)(value >> 8));
            query.WriteByte((byte)value);
        }

        Number(0);
        Number(id);
        Number(0x0100); // recursion, please
        Number(1);
        Number(0);
        Number(0);
        Number(0);
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            query.WriteByte((byte)label.Length);
            query.Write(Encoding.ASCII.GetBytes(label));
        }

        query.WriteByte(0);
        Number(Text);
        Number(Internet);
        var bytes = query.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(bytes.Length - 2));
        return bytes;
    }

    /// <summary>The texts of an answer; null for one that is not to this question, failed, or is garbled.</summary>
    private static List<string>? Read(ReadOnlySpan<byte> answer, ushort id)
    {
        if (answer.Length < HeaderLength || BinaryPrimitives.ReadUInt16BigEndian(answer) != id)
            return null;
        var code = answer[3] & 0x0F;
        if (code == NameMissing)
            return [];
        if (code != 0)
            return null;
        var texts = new List<string>();
        var at = HeaderLength;
        var questions = BinaryPrimitives.ReadUInt16BigEndian(answer[4..]);
        var answers = BinaryPrimitives.ReadUInt16BigEndian(answer[6..]);
        for (var i = 0; i < questions; i++)
        {
            if (!SkipName(answer, ref at))
                return null;
            at += 4;
        }

        for (var i = 0; i < answers; i++)
        {
            if (!SkipName(answer, ref at) || at + 10 > answer.Length)
                return null;
            var type = BinaryPrimitives.ReadUInt16BigEndian(answer[at..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(answer[(at + 8)..]);
            at += 10;
            if (at + length > answer.Length)
                return null;
            if (type == Text)
                texts.Add(Join(answer.Slice(at, length)));
            at += length;
        }

        return texts;
    }

    private static bool SkipName(ReadOnlySpan<byte> answer, ref int at)
    {
        while (at < answer.Length)
        {
            var length = answer[at];
            if (length >= 0xC0)
            {
                at += 2;
                return at <= answer.Length;
            }

            at += 1 + length;
            if (length == 0)
                return true;
        }

        return false;
    }

    /// <summary>A record is a row of strings of at most 255 octets that belong together.</summary>
    private static string Join(ReadOnlySpan<byte> record)
    {
        var text = new StringBuilder();
        while (record.Length > 0 && record[0] < record.Length)
        {
            text.Append(Encoding.ASCII.GetString(record.Slice(1, record[0])));
            record = record[(1 + record[0])..];
        }

        return text.ToString();
    }
}
