using System.Net.Sockets;
using System.Text.RegularExpressions;
using Npgsql;

namespace DigestService.Platform;

/// <summary>What an operator reads of a database that refuses, cannot be reached or breaks off: what is wrong and what to do.</summary>
internal static partial class DatabaseWords
{
    private const string Name = "The PostgreSQL that this program started itself";
    private const string AllInUse = $"All connections to {Name} are in use: the service goes on by itself once some are free.";

    /// <summary>The PostgreSQL that this process started itself; null where the database is elsewhere. It stays set: what broke is told when all is ended.</summary>
    public static OwnServer? Own { get; set; }

    /// <summary>One plain sentence, or two.</summary>
    public static string Sentence(NpgsqlException failure) => Own is { } own ? Sentence(failure, own) : SentenceElsewhere(failure);

    /// <summary>The same of the server that <paramref name="own"/> is. No setting leads to it, so that none is named.</summary>
    public static string Sentence(NpgsqlException failure, OwnServer own) => failure switch
    {
        PostgresException refused => Sentence(refused, own),
        { InnerException: OperatorException told } => told.Message,
        _ when Address().Match(failure.Message) is { Success: true } place => place.Groups[1].Value == own.Address ? Stopped(own) : SentenceElsewhere(failure),
        _ when IsOutOfConnections(failure) => AllInUse,
        { InnerException: TimeoutException } => $"{Name} does not answer in time: is this machine overloaded? What it wrote is in {own.Log}.",
        { InnerException: IOException or SocketException } => Stopped(own),
        _ => $"{Name} cannot be reached: {failure.Message.ReplaceLineEndings(" ")}. What it wrote is in {own.Log}.",
    };

    private static string Stopped(OwnServer own) =>
        $"{Name} has stopped. A process that serves starts it again within seconds, and a verb can be run again; why it stopped, or does not start, is told in {own.Log} and {own.FormerLog}.";

    private static string Sentence(PostgresException refused, OwnServer own) => refused.SqlState switch
    {
        _ when DatabaseRoom.IsFullDisk(refused) => DatabaseRoom.FullDisk(refused),
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => Stopped(own),
        PostgresErrorCodes.TooManyConnections => AllInUse,
        PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure => SentenceElsewhere(refused),
        _ => $"{Name} refused: {refused.MessageText} ({refused.SqlState}). What it wrote is in {own.Log}.",
    };

    /// <summary>Whether none of several hosts took the connection.</summary>
    public static bool IsOfNoHost(NpgsqlException failure) => failure.Message.Contains("suitable host", StringComparison.Ordinal) && !IsOutOfConnections(failure);

    private static bool IsOutOfConnections(NpgsqlException failure) =>
        failure.Message.Contains("pool has been exhausted", StringComparison.Ordinal)
        || failure.InnerException is AggregateException { InnerExceptions: var hosts } && hosts.OfType<NpgsqlException>().Any(IsOutOfConnections);

    private static string SentenceElsewhere(NpgsqlException failure) => failure switch
    {
        PostgresException refused => Sentence(refused),
        { InnerException: OperatorException told } => told.Message,
        { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } } =>
            "The host in ConnectionStrings__Digest has no address: its name is mistyped, or no DNS resolver answers.",
        { InnerException: AggregateException hosts } when hosts.InnerExceptions.OfType<PostgresException>().FirstOrDefault() is { } refused => Sentence(refused),
        _ when IsOfNoHost(failure) =>
            $"No host in ConnectionStrings__Digest takes the connection: is PostgreSQL running on one of them, as the primary, or as what Target Session Attributes asks for? A process that serves goes on by itself once one is, and a verb can be run again.",
        _ when Address().Match(failure.Message) is { Success: true } place =>
            $"The database cannot be reached: is PostgreSQL at {place.Groups[1].Value} running? ConnectionStrings__Digest leads there.",
        _ when IsOutOfConnections(failure) =>
            "All connections to the database are in use: look for what holds them, or raise Maximum Pool Size in ConnectionStrings__Digest.",
        { InnerException: TimeoutException } =>
            "The database does not answer in time: is its server overloaded, or does something on the way swallow what is sent? ConnectionStrings__Digest leads there.",
        { InnerException: IOException or SocketException } =>
            $"The connection to the database broke: is PostgreSQL still running? ConnectionStrings__Digest leads there; {GoesOn("once it answers")}",
        _ => $"The database cannot be reached: {failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Check ConnectionStrings__Digest.",
    };

    private static string Sentence(PostgresException refused) => refused.SqlState switch
    {
        _ when DatabaseRoom.IsFullDisk(refused) => DatabaseRoom.FullDisk(refused),
        PostgresErrorCodes.ReadOnlySqlTransaction => DatabaseRoom.TakesNoWrites,
        PostgresErrorCodes.InsufficientPrivilege =>
            $"The database refused: {refused.MessageText}. The role of ConnectionStrings__Digest lacks a right; deploy/roles.sql has those it needs.",
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"The database refuses the account: {refused.MessageText}. Correct Username and Password in ConnectionStrings__Digest.",
        PostgresErrorCodes.InvalidCatalogName =>
            $"The database server has no such database: {refused.MessageText}. Create it, or correct Database in ConnectionStrings__Digest.",
        PostgresErrorCodes.TooManyConnections =>
            $"The database lets in no further connection: {refused.MessageText}. Raise max_connections of its server, end what else holds some, or let each process of this program take fewer, by Maximum Pool Size in ConnectionStrings__Digest.",
        PostgresErrorCodes.CannotConnectNow =>
            $"The database takes no connection now: {refused.MessageText}; {GoesOn("once it does")}",
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown =>
            $"The database server is being stopped: {refused.MessageText}; {GoesOn("once it runs again")}",
        _ when LimitOf(refused.SqlState) is { } limit =>
            $"The database ended what took too long for it: {refused.MessageText}. Turn {limit} off for the server, the database and the role of ConnectionStrings__Digest, or raise it.",
        PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure =>
            $"Something else changed the same rows and came first: {refused.MessageText}. Nothing of this step was kept; run it again.",
        _ => $"The database refused: {refused.MessageText} ({refused.SqlState}). Run with --verbose for more.",
    };

    /// <summary>The server's setting that ends what waits or runs for long.</summary>
    private static string? LimitOf(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.QueryCanceled => "statement_timeout",
        PostgresErrorCodes.LockNotAvailable => "lock_timeout",
        Outage.IdleInTransaction => "idle_in_transaction_session_timeout",
        Outage.IdleSession => "idle_session_timeout",
        _ => null,
    };

    private static string GoesOn(string when) => $"a process that serves goes on by itself {when}, and a verb can be run again.";

    [GeneratedRegex(@"^Failed to connect to (\S+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}

/// <summary>A PostgreSQL that the program started itself.</summary>
/// <param name="Address">Host and port, as the driver names them.</param>
/// <param name="Files">The folder of its files.</param>
/// <param name="Log">The file in which it writes what happens to it.</param>
/// <param name="FormerLog">The same of the server that it took the place of.</param>
internal sealed record OwnServer(string Address, string Files, string Log, string FormerLog)
{
    /// <summary>That its files were moved away while it runs on, in a sentence; null while they are where they belong.</summary>
    public string? FindLoss() => Directory.Exists(Files)
        ? null
        : $"The files of the PostgreSQL that this program started itself are no longer in {Files}: bring them back. Without them the next start finds no reader and no paper.";
}
