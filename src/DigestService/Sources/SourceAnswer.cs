using System.Net;

namespace DigestService.Sources;

/// <summary>A source that cannot be had just now, with one sentence for the operator.</summary>
internal sealed class SourceFaultException(string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    /// <summary>True where the server cannot be reached or asked to be left alone: another question will fare no better.</summary>
    public bool IsOfServer { get; init; }
}

/// <summary>What a source answered, unpacked.</summary>
internal sealed record SourceAnswer(Uri Address, HttpStatusCode Status, byte[] Body)
{
    /// <summary>The code of its letters, where the server names one.</summary>
    public string? Charset { get; init; }

    /// <summary>By what the server will know it again.</summary>
    public AnswerMarks? Marks { get; init; }
}
