namespace DigestService.Platform;

/// <summary>What the web server's library reports of visitors' connections, in our words or not at all: it tells each of them by its own number.</summary>
internal static class WebServerWords
{
    private const string Category = "Microsoft.AspNetCore.Server.Kestrel";

    // What is left of the body cannot be read to its end, in the request or behind it.
    private static readonly int[] BrokenOff = [67, 0];

    /// <summary>Whether it tells that a visitor broke off amid what they sent, which is no fault.</summary>
    public static bool IsBrokenOff(string category, EventId number, Exception? failure) =>
        category == Category && failure is InvalidOperationException && BrokenOff.Contains(number.Id);

    /// <summary>The sentence for an event of the library; null where it is to be told as it is.</summary>
    public static string? Tell(string category, EventId number) =>
        number.Name == "ConnectionRejected" && category.StartsWith(Category, StringComparison.Ordinal)
            ? "As many connections are open as this process can have, and new ones are turned away until some end: the proxy's log knows who holds them; 'ulimit -n', or LimitNOFILE where systemd runs the service, says how many there may be"
            : null;
}
