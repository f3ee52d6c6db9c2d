using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace DigestService.Admin;

/// <summary>Looks TXT records up (RFC 1035) at this machine's resolvers, or at the given ones.</summary>
internal sealed class TextRecords(IReadOnlyList<IPEndPoint>? resolvers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>This machine's resolvers.</summary>
    public TextRecords()
        : this(null)
    {
    }

    /// <summary>The records of a name, empty where it has none; null when no resolver gave an answer to rely on.</summary>
    public async Task<IReadOnlyList<string>?> LookUpAsync(string name, CancellationToken ct)
    {
        try
        {
            NameServer[] servers = resolvers is null ? [.. NameServer.ResolveNameServers()] : [.. resolvers.Select(resolver => new NameServer(resolver))];
            if (servers.Length == 0)
                return null;
            var options = new LookupClientOptions(servers) { Timeout = Patience, Retries = 1, UseCache = false };
            var answer = await new LookupClient(options).QueryAsync(name, QueryType.TXT, cancellationToken: ct);
            return answer.HasError && answer.Header.ResponseCode is not DnsHeaderResponseCode.NotExistentDomain
                ? null
                : [.. answer.Answers.TxtRecords().Select(record => string.Concat(record.Text))];
        }
        catch (Exception silent) when (
            silent is DnsResponseException or SocketException or IOException or UnauthorizedAccessException or InvalidOperationException or OperationCanceledException
            && !ct.IsCancellationRequested)
        {
            return null;
        }
    }
}
