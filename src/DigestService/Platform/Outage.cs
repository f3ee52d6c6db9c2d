using System.Data;
using System.Net.Sockets;
using Npgsql;

namespace DigestService.Platform;

/// <summary>Tells a database that is out of reach, or refuses for now, from a bug of ours.</summary>
internal static class Outage
{
    /// <summary>SQLSTATE of a session that <c>idle_in_transaction_session_timeout</c> ended; the driver has no name for it.</summary>
    public const string IdleInTransaction = "25P03";

    /// <summary>The same of <c>idle_session_timeout</c>.</summary>
    public const string IdleSession = "57P05";

    /// <summary>Whether another transaction won a deadlock or a race of serialisation: the work can simply be done again.</summary>
    public static bool IsLostRace(Exception failure) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure }
        || failure is DataException { InnerException: { } inner } && IsLostRace(inner);

    /// <summary>
    /// Whether the database is out of reach or refuses for now: it restarts, has no connection or resource left, cannot be
    /// written, or let another transaction win. A statement that it finds wrong is none.
    /// </summary>
    public static bool IsOfDatabase(Exception failure) => failure switch
    {
        PostgresException refused => refused.SqlState[..2] is "08" or "53" or "57" or "58"
            || refused.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.LockNotAvailable or IdleInTransaction
            || DatabaseRoom.IsFullDisk(refused)
            || IsLostRace(refused),
        NpgsqlException => true,
        DataException { InnerException: { } inner } => IsOfDatabase(inner),
        _ => false,
    };

    /// <summary>Whether there is no connection to the database at all: its server is stopped, starts, or cannot be reached.</summary>
    public static bool IsOutOfReach(NpgsqlException failure) => failure switch
    {
        PostgresException refused => refused.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow,
        _ => failure.InnerException is IOException or SocketException || DatabaseWords.IsOfNoHost(failure),
    };

    /// <summary>Whether waiting may mend it. Dapper wraps what breaks in the middle of a result.</summary>
    public static bool Is(Exception failure) => failure is NpgsqlException or IOException or TimeoutException
        || failure is DataException { InnerException: { } inner } && Is(inner);

    /// <summary>Whether this process had no memory left, or could start no further thread: at once, in the middle of a result, when a part of the runtime was first used, or on one of several threads.</summary>
    public static bool IsOfMemory(Exception failure) => failure switch
    {
        OutOfMemoryException => true,
        AggregateException several => several.InnerExceptions.Any(IsOfMemory),
        DataException or TypeInitializationException => failure.InnerException is { } inner && IsOfMemory(inner),
        _ => false,
    };
}
