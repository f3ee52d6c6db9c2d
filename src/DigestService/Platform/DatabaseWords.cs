using System.Net.Sockets;
using System.Text.RegularExpressions;
using Npgsql;

namespace DigestService.Platform;

/// <summary>What an operator reads of a database that refuses, cannot be reached or breaks off: what is wrong and what to do.</summary>
internal static partial class DatabaseWords
{
    /// <summary>One plain sentence, or two.</summary>
    public static string Sentence(NpgsqlException failure) => failure switch
    {
        PostgresException refused => Sentence(refused),
        { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } } =>
            "The host in ConnectionStrings__Digest has no address: its name is mistyped, or no DNS resolver answers.",
        _ when Address().Match(failure.Message) is { Success: true } place =>
            $"The database cannot be reached: is PostgreSQL at {place.Groups[1].Value} running? ConnectionStrings__Digest leads there.",
        _ when failure.Message.Contains("pool has been exhausted", StringComparison.Ordinal) =>
            "All connections to the database are in use: look for what holds them, or raise Maximum Pool Size in ConnectionStrings__Digest.",
        { InnerException: TimeoutException } =>
            "The database does not answer in time: is its server overloaded, or does something on the way swallow what is sent? ConnectionStrings__Digest leads there.",
        { InnerException: IOException or SocketException } =>
            "The connection to the database broke: is PostgreSQL still running? ConnectionStrings__Digest leads there; the service goes on by itself once it answers.",
        _ => $"The database cannot be reached: {failure.Message.ReplaceLineEndings(" ")}. Check ConnectionStrings__Digest.",
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
        PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections =>
            $"The database takes no connection now: {refused.MessageText}. The service goes on by itself once it does.",
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown =>
            $"The database server is being stopped: {refused.MessageText}. The service goes on by itself once it runs again.",
        _ => $"The database refused: {refused.MessageText} ({refused.SqlState}). Run with --verbose for more.",
    };

    [GeneratedRegex(@"^Failed to connect to (\S+)$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
