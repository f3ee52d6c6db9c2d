using System.Net.Sockets;

namespace DigestService.Platform;

/// <summary>
/// Something the operator can mend: its message is the one plain sentence they read, and the exit code is 1.
/// </summary>
public sealed class OperatorException(string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    /// <summary>
    /// Whether a setting is wrong, so that no second try helps: each sentence about one begins with its key. A port that is taken
    /// and a disk that is full are told by the setting as well, and pass.
    /// </summary>
    public bool IsWrongSetting => Message.StartsWith("Setting ", StringComparison.Ordinal) && !MayPass(InnerException);

    // What says that a file or folder is missing is an IOException of its own kind.
    private static bool MayPass(Exception? cause) =>
        cause is not null && (cause is SocketException || cause.GetType() == typeof(IOException) || MayPass(cause.InnerException));
}
