using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace DigestService.Platform.Layout;

/// <summary>
/// The proxies in front of the service that are believed when they say who asks and by which scheme. What anybody else
/// claims in those headers is passed over, and of a chain of proxies the last address that is no proxy of ours counts.
/// </summary>
internal static class TrustedProxies
{
    private static readonly IPNetwork[] ThisMachine = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    /// <summary>Sets up the headers that are believed; without networks, those of a proxy on this machine.</summary>
    public static void Configure(ForwardedHeadersOptions forwarded, SiteOptions site)
    {
        forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        forwarded.ForwardLimit = null;
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        var networks = site.TrustedProxies.Select(text => TryParse(text, out var network) ? network : (IPNetwork?)null).OfType<IPNetwork>();
        foreach (var network in site.TrustedProxies.Count == 0 ? ThisMachine : networks)
            forwarded.KnownIPNetworks.Add(network);
    }

    /// <summary>Reads an address or a network such as <c>10.0.0.0/8</c>; bits behind the prefix are passed over.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IPNetwork network)
    {
        network = default;
        var parts = (text ?? "").Trim().Split('/');
        if (parts.Length > 2 || !IPAddress.TryParse(parts[0], out var address) || !IsWritten(parts[0], address))
            return false;
        var octets = address.GetAddressBytes();
        var prefix = octets.Length * 8;
        if (parts.Length == 2 && (!byte.TryParse(parts[1], out var length) || (prefix = Math.Min(length, prefix)) != length))
            return false;
        for (var bit = prefix; bit < octets.Length * 8; bit++)
            octets[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        network = new IPNetwork(new IPAddress(octets), prefix);
        return true;
    }

    // The base library also takes 10 and 10.1 for addresses; nobody who writes that means what it makes of it.
    private static bool IsWritten(string text, IPAddress address) =>
        address.AddressFamily is AddressFamily.InterNetworkV6 || text.Count(c => c == '.') == 3;
}
