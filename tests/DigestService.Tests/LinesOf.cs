using Microsoft.Extensions.Logging;

namespace DigestService.Tests;

/// <summary>What was logged, each with its level before it.</summary>
internal sealed class LinesOf<T> : ILogger<T>
{
    /// <summary>The lines so far.</summary>
    public List<string> Told { get; } = [];

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Told.Add($"{logLevel}: {formatter(state, exception)}");
}
