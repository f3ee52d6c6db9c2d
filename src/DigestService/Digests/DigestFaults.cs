using DigestService.Platform;
using DigestService.Topics;
using Npgsql;

namespace DigestService.Digests;

/// <summary>Tells what one reader's data broke from what breaks for everybody.</summary>
internal static class DigestFaults
{
    private const string SerializationFailure = "40";

    // SQLSTATE classes that speak of the rows written: wrong or too long values, violated constraints, exceeded limits, raised errors.
    private static readonly HashSet<string> AboutRows = ["21", "22", "23", "44", "54", "P0"];

    /// <summary>Whether leaving a reader out may mend it; an outage, or a process without memory, breaks for everybody, and is waited for or ends the run.</summary>
    public static bool IsOfSomeReader(Exception failure) => failure switch
    {
        OperationCanceledException => false,
        _ when Outage.IsOfMemory(failure) => false,
        PostgresException refused => AboutRows.Contains(refused.SqlState[..2]),
        _ => !Outage.Is(failure),
    };

    /// <summary>Whether the same transaction may simply be tried again: a deadlock, or two that could not be put in order.</summary>
    public static bool IsWorthRepeating(Exception failure) =>
        failure is PostgresException refused && refused.SqlState.StartsWith(SerializationFailure, StringComparison.Ordinal);
}

/// <summary>A digest that could not be made at this attempt.</summary>
internal readonly record struct DigestFault(DueSubscriber Subscriber, string Reason)
{
    /// <summary>From what was thrown.</summary>
    public static DigestFault Of(DueSubscriber subscriber, Exception thrown) => new(subscriber, Fault.Describe(thrown));
}
