using System.Text.RegularExpressions;
using Npgsql;

namespace DigestService.Platform;

/// <summary>
/// What the scheduler's library reports, in our words. It tells each fault by several loggers, and in an outage of the
/// database every one of them fills its sentence with the whole exception.
/// </summary>
internal static partial class SchedulerWords
{
    /// <summary>The category of all of them, so that one outage is one line.</summary>
    public const string Category = "Quartz";

    private const string WhyBrokenOff = "the process stops, or the database does not answer";

    /// <summary>The sentence for an event of the library; null where it is to be told as it is.</summary>
    public static string? Tell(string category, string message, object? state, Exception? failure)
    {
        if (!category.StartsWith(Category, StringComparison.Ordinal))
            return null;
        var causes = Causes(failure, state).ToList();
        var database = causes.Find(each => each is NpgsqlException);
        // The library goes on in a transaction that has failed, which says nothing of why.
        if (database is PostgresException { SqlState: PostgresErrorCodes.InFailedSqlTransaction } || database is null && NpgsqlName().IsMatch(message))
            return "The scheduler waits for the database; what is wrong with it is told beside this.";
        if (database is not null)
            return $"The scheduler waits for the database: {Verb.Sentence(database)}";
        if (Job().Match(message) is { Success: true } job)
            return $"The job {job.Groups[1].Value} failed and runs again at its next time: {Words(causes.LastOrDefault(), message)}";
        return causes.LastOrDefault() is OperationCanceledException ? $"The scheduler's work was broken off: {WhyBrokenOff}." : null;
    }

    /// <summary>What an event tells of, in its exception or in its sentence, each from the outermost to what began it all.</summary>
    public static IEnumerable<Exception> Causes(Exception? failure, object? state) => From(failure).Concat(Given(state));

    private static IEnumerable<Exception> From(Exception? failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
            yield return cause;
    }

    private static IEnumerable<Exception> Given(object? state) =>
        (state as IReadOnlyList<KeyValuePair<string, object?>> ?? []).Select(pair => pair.Value).OfType<Exception>().SelectMany(From);

    private static string Words(Exception? cause, string message) => cause switch
    {
        null => message,
        OperationCanceledException => WhyBrokenOff,
        _ when Outage.IsOfMemory(cause) => Verb.Sentence(cause),
        _ => cause.Message.ReplaceLineEndings(" "),
    };

    [GeneratedRegex(@"\bNpgsql\.|NpgsqlException|PostgresException", RegexOptions.CultureInvariant)]
    private static partial Regex NpgsqlName();

    [GeneratedRegex(@"^Job \(?(?:DEFAULT\.)?([\w.-]+)(?: threw| \))", RegexOptions.CultureInvariant)]
    private static partial Regex Job();
}
