using System.Net.Sockets;

namespace DigestService.Platform;

/// <summary>
/// Something the operator can mend: its message is the one plain sentence they read, and the exit code is 1 unless it says otherwise.
/// </summary>
public sealed class OperatorException(string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    /// <summary>Whether the command line itself is at fault, whatever stands in the database: then the exit code is 2.</summary>
    public bool IsWrongUsage { get; init; }

    /// <summary>
    /// Whether a setting is wrong, so that no second try helps: each sentence about one begins with its key. A port that is taken
    /// and a disk that is full are told by the setting as well, and pass.
    /// </summary>
    public bool IsWrongSetting => Message.StartsWith("Setting ", StringComparison.Ordinal) && !MayPass(InnerException);

    // What says that a file or folder is missing is an IOException of its own kind. One of the plain kind stands within a refusal of
    // rights, and rights do not come by waiting, to a file as little as to a port.
    private static bool MayPass(Exception? cause) => cause switch
    {
        null or UnauthorizedAccessException or SocketException { SocketErrorCode: SocketError.AccessDenied } => false,
        SocketException => true,
        _ => cause.GetType() == typeof(IOException) && !IsRefusalOfRights(cause.InnerException) || MayPass(cause.InnerException),
    };

    private static bool IsRefusalOfRights(Exception? cause) =>
        cause is not null && (cause is SocketException { SocketErrorCode: SocketError.AccessDenied } || IsRefusalOfRights(cause.InnerException));
}
