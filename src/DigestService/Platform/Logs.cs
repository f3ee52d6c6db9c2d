using Microsoft.Extensions.DependencyInjection.Extensions;

namespace DigestService.Platform;

/// <summary>Logs go to stderr, so that stdout carries results alone.</summary>
internal static class Logs
{
    /// <summary>One line an event, at information for the service and warning for the libraries.</summary>
    public static void Configure(ILoggingBuilder logging, IConfiguration configuration, bool verbose)
    {
        logging.ClearProviders();
        logging.Services.TryAddSingleton(TimeProvider.System);
        logging.Services.TryAddSingleton<DatabaseOutage>();
        logging.AddConsoleFormatter<LogLines, LogLinesOptions>(lines =>
        {
            lines.IsVerbose = verbose;
            lines.IsJson = Enum.TryParse<LogFormat>(configuration["Logging:Format"], ignoreCase: true, out var format) && format is LogFormat.Json;
        });
        logging.AddConsole(console =>
        {
            console.FormatterName = LogLines.Name;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        logging.SetMinimumLevel(LogLevel.Warning);
        // ServeHost tells what crashed and what did not start; the host would do so again with the library's words.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        // Quartz reports each restart of a peer; who plans what is in the ledger.
        logging.AddFilter("Quartz", LogLevel.Error);
        logging.AddFilter("DigestService", verbose ? LogLevel.Debug : LogLevel.Information);
        logging.AddConfiguration(configuration.GetSection("Logging"));
    }
}

/// <summary>How the log is written (<c>Logging__Format</c>).</summary>
internal enum LogFormat
{
    /// <summary>One line an event, for people.</summary>
    Text,

    /// <summary>One JSON object a line, for programs.</summary>
    Json,
}
