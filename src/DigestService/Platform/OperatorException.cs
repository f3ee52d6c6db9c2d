namespace DigestService.Platform;

/// <summary>
/// Something the operator can mend: its message is the one plain sentence they read, and the exit code is 1.
/// </summary>
public sealed class OperatorException(string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    /// <summary>Whether a setting is at fault: each sentence about one begins with its key.</summary>
    public bool NamesSetting => Message.StartsWith("Setting ", StringComparison.Ordinal);
}
