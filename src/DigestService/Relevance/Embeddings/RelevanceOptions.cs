using System.ComponentModel.DataAnnotations;

namespace DigestService.Relevance.Embeddings;

/// <summary>Section <c>Relevance</c>.</summary>
public sealed class RelevanceOptions : IValidatableObject
{
    /// <summary>
    /// <c>Auto</c>: the sentence model that comes with the program, where it is there. <c>Off</c>: none. Anything else is
    /// a folder with another model (<c>model.onnx</c>, <c>vocab.txt</c>).
    /// </summary>
    public string Embeddings { get; set; } = "Auto";

    /// <summary>Whether nothing is to be embedded.</summary>
    public bool IsOff => Embeddings.Equals("Off", StringComparison.OrdinalIgnoreCase);

    /// <summary>The folder with another model; null for the program's own.</summary>
    public string? Folder => IsOff || Embeddings.Equals("Auto", StringComparison.OrdinalIgnoreCase) ? null : Embeddings;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Folder is not { } folder)
            yield break;
        foreach (var file in (string[])["model.onnx", "vocab.txt"])
            if (!File.Exists(Path.Combine(folder, file)))
                yield return new ValidationResult($"allowed are Auto, Off, or a folder with model.onnx and vocab.txt; {Path.Combine(folder, file)} is not there.", [nameof(Embeddings)]);
    }
}
