namespace DigestService.Platform.Layout;

/// <summary>One field of a form or of a JSON body that cannot be taken, a sentence why, and in a query the place.</summary>
public sealed record InputFault(string Field, string Sentence)
{
    /// <summary>The value as it was written, where the place in it matters.</summary>
    public string? Value { get; init; }

    /// <summary>Where in <see cref="Value"/>, in UTF-16 characters.</summary>
    public int Position { get; init; }

    /// <summary>How much of it.</summary>
    public int Length { get; init; }

    /// <summary>True where it names something that is not there and might be.</summary>
    public bool IsMissing { get; init; }
}
