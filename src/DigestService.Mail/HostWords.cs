using System.Net.Sockets;

namespace DigestService.Mail;

/// <summary>What the system says of a name that it finds no address for does not tell that names are the matter.</summary>
internal static class HostWords
{
    /// <summary>That the host's name has no address, in a sentence; null where something else failed.</summary>
    public static string? WhyNoAddress(Exception failure) => failure switch
    {
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } => "its name has no address: it is mistyped, or no DNS resolver answers",
        SocketException { SocketErrorCode: SocketError.TryAgain } => "no DNS resolver answers for its name: look at /etc/resolv.conf and the network",
        _ => null,
    };
}
