namespace DigestService.Platform;

/// <summary>What the web server's library reports of visitors' connections, in our words or not at all: it tells each of them by its own number.</summary>
internal static class WebServerWords
{
    private const string Category = "Microsoft.AspNetCore.Server.Kestrel";

    // What is left of a body cannot be read to its end, in the request or behind it. The second has no number of its own.
    private const int Undrained = 67;
    private const string Ended = "Connection processing ended abnormally.";

    /// <summary>Whether it tells that a visitor broke off amid what they sent, which is no fault.</summary>
    public static bool IsBrokenOff(string category, EventId number, string message, Exception? failure) =>
        category == Category && failure is InvalidOperationException and not ObjectDisposedException && (number.Id == Undrained || message == Ended);

    /// <summary>The sentence for an event of the library; null where it is to be told as it is.</summary>
    public static string? Tell(string category, EventId number) =>
        number.Name == "ConnectionRejected" && category.StartsWith(Category, StringComparison.Ordinal)
            ? "As many connections are open as this process can have, and new ones are turned away until some end: the proxy's log knows who holds them; 'ulimit -n', or LimitNOFILE where systemd runs the service, says how many there may be"
            : null;
}
