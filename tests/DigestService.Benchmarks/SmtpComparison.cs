using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DigestService.Mail;
using DigestService.Mail.Smtp;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Envelope = DigestService.Mail.Envelope;

namespace DigestService.Benchmarks;

/// <summary>
/// What one mail costs by MailKit as the service uses it, beside MailKit as it comes, by turns in one run.
/// Given the port of a server on loopback, the processor time is the client's alone; without one it includes our own
/// receiving server's.
/// </summary>
public static class SmtpComparison
{
    private const int Mails = 20_000;
    private static readonly byte[] Line = "A line of a digest, as long as they are.\r\n"u8.ToArray();

    /// <summary>Runs each way so many rounds, over so many connections with mails of about so many octets, and prints the medians.</summary>
    public static async Task RunAsync(int rounds, int? port, int connections, int octets)
    {
        byte[] mail = [.. "Subject: Papers of the day\r\n\r\n"u8, .. Enumerable.Repeat(Line, octets / Line.Length).SelectMany(line => line)];
        await using var byDot = port is null ? Receiver(chunking: false) : null;
        await using var byChunk = port is null ? Receiver(chunking: true) : null;
        (string Name, Func<Task> Send)[] ways =
        [
            ("MailKit, by BDAT where offered", () => SideBySideAsync(connections, share => SendAsync(mail, share, port ?? byChunk!.EndPoint.Port))),
            ("MailKit, by DATA", () => SideBySideAsync(connections, share => SendAsync(mail, share, port ?? byDot!.EndPoint.Port))),
            ("MailKit as it comes", () => SideBySideAsync(connections, share => SendAsItComesAsync(mail, share, port ?? byDot!.EndPoint.Port))),
        ];
        var measured = ways.Select(_ => new List<(double Cpu, double Wall)>()).ToArray();
        // The first round warms up.
        for (var round = 0; round <= rounds; round++)
        {
            for (var way = 0; way < ways.Length; way++)
            {
                var taken = await MeasureAsync(ways[way].Send);
                if (round > 0)
                    measured[way].Add(taken);
            }
        }

        for (var way = 0; way < ways.Length; way++)
            Console.WriteLine($"{ways[way].Name}: {Median(measured[way].Select(m => m.Cpu)):0.0} µs of processor a mail, {Median(measured[way].Select(m => m.Wall)):0.0} µs of time");
    }

    private static SmtpReceiver Receiver(bool chunking) =>
        SmtpReceiver.Start(new IPEndPoint(IPAddress.Loopback, 0), (_, _) => Task.CompletedTask, new SmtpReceiverLimits { OffersChunking = chunking });

    private static async Task<(double Cpu, double Wall)> MeasureAsync(Func<Task> send)
    {
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var started = TimeProvider.System.GetTimestamp();
        await send();
        var wall = TimeProvider.System.GetElapsedTime(started);
        process.Refresh();
        return ((process.TotalProcessorTime - cpu).TotalMicroseconds / Mails, wall.TotalMicroseconds / Mails);
    }

    private static Task SideBySideAsync(int connections, Func<int, Task> send) =>
        Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => send(Mails / connections))));

    private static async Task SendAsync(byte[] mail, int mails, int port)
    {
        await using var client = new SmtpTransport();
        await client.ConnectAsync(new SmtpRelay { Host = "127.0.0.1", Port = port }, CancellationToken.None);
        for (var i = 0; i < mails; i++)
        {
            var outcome = await client.SendAsync(new Envelope("bounces+1@service.example", "reader@mail.example"), mail, CancellationToken.None);
            if (outcome.Result != SendResult.Accepted)
                throw new InvalidOperationException($"The mail was not taken: {outcome}.");
        }
    }

    private static async Task SendAsItComesAsync(byte[] mail, int mails, int port)
    {
        using var client = new SmtpClient();
        // With Nagle's delay each mail would wait 40 ms for an acknowledgement.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        await client.ConnectAsync(socket, "127.0.0.1", port, SecureSocketOptions.None);
        for (var i = 0; i < mails; i++)
        {
            using var message = await MimeMessage.LoadAsync(new MemoryStream(mail, writable: false), persistent: true);
            await client.SendAsync(message, new MailboxAddress("", "bounces+1@service.example"), [new MailboxAddress("", "reader@mail.example")]);
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
