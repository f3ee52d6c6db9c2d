namespace DigestService.Platform;

/// <summary>
/// Something the operator can mend: its message is the one plain sentence they read, and the exit code is 1.
/// </summary>
public sealed class OperatorException(string sentence, Exception? inner = null) : Exception(sentence, inner);
