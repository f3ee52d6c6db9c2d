using System.Net;

namespace DigestService.Platform;

/// <summary>Whether a host is this machine itself, where nothing crosses a network.</summary>
internal static class Loopback
{
    /// <summary>True for <c>localhost</c> and for a loopback address, also one in the brackets of a URL; names are not resolved.</summary>
    public static bool Is(string? host) =>
        host is not null
        && (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
