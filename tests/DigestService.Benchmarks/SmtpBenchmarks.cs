using System.Net;
using BenchmarkDotNet.Attributes;
using DigestService.Mail;
using DigestService.Mail.Mime;
using DigestService.Mail.Smtp;

namespace DigestService.Benchmarks;

/// <summary>Mails of 25 kB a second through the SMTP client to a server on loopback that drops them.</summary>
[MemoryDiagnoser]
public class SmtpBenchmarks
{
    private const int MailsPerInvoke = 2000;
    private static readonly Envelope Envelope = new("bounces+1@papers.example", "ada@example.org");

    private SmtpReceiver? _receiver;
    private SmtpTransport[] _clients = [];
    private byte[] _mail = [];

    /// <summary>Open connections, each sending its share.</summary>
    [Params(1, 4)]
    public int Connections { get; set; }

    /// <summary>Starts the server and connects.</summary>
    [GlobalSetup]
    public async Task ConnectAsync()
    {
        _receiver = SmtpReceiver.Start(new IPEndPoint(IPAddress.Loopback, 0), (_, _) => Task.CompletedTask);
        _clients = [.. Enumerable.Range(0, Connections).Select(_ => new SmtpTransport())];
        var relay = new SmtpRelay { Host = "127.0.0.1", Port = _receiver.EndPoint.Port };
        foreach (var client in _clients)
            await client.ConnectAsync(relay, default);
        _mail = [.. "Subject: Papers of the day\r\n\r\n"u8, .. QuotedPrintable.Encode(string.Concat(Enumerable.Repeat("A line of a digest, as long as they are.\n", 600)))];
    }

    /// <summary>Ends the connections and the server.</summary>
    [GlobalCleanup]
    public async Task DisconnectAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
        if (_receiver is not null)
            await _receiver.DisposeAsync();
    }

    /// <summary>The time of one mail when as many connections as asked for are kept busy.</summary>
    [Benchmark(OperationsPerInvoke = MailsPerInvoke)]
    public Task Send() => Task.WhenAll(_clients.Select(client => Task.Run(() => SendShareAsync(client))));

    private async Task SendShareAsync(SmtpTransport client)
    {
        for (var i = 0; i < MailsPerInvoke / Connections; i++)
        {
            var outcome = await client.SendAsync(Envelope, _mail, default);
            if (outcome.Result != SendResult.Accepted)
                throw new InvalidOperationException($"The mail was not taken: {outcome}.");
        }
    }
}
