using System.Net;
using System.Net.Sockets;
using DigestService.Platform;
using Microsoft.AspNetCore.Connections;

namespace DigestService.Hosting;

/// <summary>
/// The setting <c>Urls</c>: what Kestrel would take for something else is refused, and what it cannot listen on is told in
/// our words.
/// </summary>
internal static class ListenAddresses
{
    /// <summary>Where the service listens when nobody says.</summary>
    public const string Default = "http://127.0.0.1:8080";

    /// <summary>The addresses in <paramref name="urls"/>, parted by semicolons; the usual one where there is none.</summary>
    /// <exception cref="OperatorException">One cannot be read, or would be taken for another.</exception>
    public static string[] Read(string? urls)
    {
        var all = Split(urls);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var url in all)
        {
            if (WhyNot(url) is { } reason)
                throw new OperatorException($"Setting Urls: '{url}' {reason}");
            if (!seen.Add(Canonical(url)))
                throw new OperatorException($"Setting Urls names {url} twice: leave one of them.");
        }

        return all;
    }

    /// <summary>At how many places the server listens for these: the name localhost stands for two.</summary>
    public static int Count(string[] urls) => urls.Sum(url => url.Contains("//localhost", StringComparison.OrdinalIgnoreCase) ? 2 : 1);

    /// <summary>Why the server could not listen, in a sentence that names the setting; null where it was something else.</summary>
    public static string? Explain(Exception failure, string? urls)
    {
        // A database that is out of reach says so itself.
        for (var cause = failure; cause is not null and not Npgsql.NpgsqlException; cause = cause is AggregateException { InnerExceptions: [var first, ..] } ? first : cause.InnerException)
        {
            var reason = cause switch
            {
                AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
                    "is taken by another program: stop that, or set Urls to an address with another port.",
                SocketException { SocketErrorCode: SocketError.AccessDenied } =>
                    "needs rights that this account has not, as ports below 1024 do: set Urls to a port such as 8080 and let a proxy take the lower one.",
                SocketException { SocketErrorCode: SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported } =>
                    "is no address of this machine: set Urls to one that it has, or to http://*:8080 for all of them.",
                _ => null,
            };
            if (reason is not null)
                return $"Setting Urls: {WhichOf(failure, urls)} {reason}";
        }

        return null;
    }

    private static string[] Split(string? urls) =>
        string.IsNullOrWhiteSpace(urls) ? [Default] : urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? WhyNot(string url)
    {
        if (url.StartsWith("http://unix:/", StringComparison.OrdinalIgnoreCase))
            return null;
        if (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            return "asks for TLS, which the service leaves to a proxy before it: write http:// and let the proxy lead there.";
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return $"is no address such as {Default}.";
        }

        if (!address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase) || address.Port is < 0 or > 65535)
            return $"is no address such as {Default}.";
        if (address.PathBase.Length > 0)
            return "has a path: the service listens at an address alone; Site__BaseUrl names the path that readers see.";
        var isLocalhost = address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
        if (isLocalhost && address.Port == 0)
            return "asks for any free port of two addresses: write http://127.0.0.1:0.";
        // Kestrel listens on all interfaces for every name but this one.
        return isLocalhost || address.Host is "*" or "+" || IPAddress.TryParse(address.Host.Trim('[', ']'), out _)
            ? null
            : "is a name, and the service listens on addresses: write one of this machine's, such as http://127.0.0.1:8080, or http://*:8080 for all of them.";
    }

    private static string Canonical(string url) => url.TrimEnd('/') is var plain && plain.LastIndexOf(':') is var colon && plain.IndexOf("://", StringComparison.Ordinal) == colon
        ? plain + ":80"
        : plain;

    // The exception names the address only where it is one of several.
    private static string WhichOf(Exception failure, string? urls)
    {
        // Of two the longer one is meant: one may begin the other.
        var all = Split(urls);
        return all.Where(url => failure.Message.Contains(url.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)).MaxBy(url => url.Length) is { } named ? $"'{named}'"
            : all.Length == 1 ? $"'{all[0]}'"
            : $"one of '{string.Join(';', all)}'";
    }
}
