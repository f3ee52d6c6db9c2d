using DigestService.Relevance.Search;
using FastBertTokenizer;
using Microsoft.ML.OnnxRuntime;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace DigestService.Relevance.Embeddings;

/// <summary>
/// A sentence-embedding model in memory (Reimers and Gurevych, 2019): a text becomes a vector of length 1, and texts that
/// mean the same lie near each other. Runs on one thread and may be used by several at once.
/// </summary>
internal sealed class SentenceModel : IDisposable
{
    /// <summary>Longer texts are cut; a title and an abstract have some 200 tokens, of which the first tell most.</summary>
    public const int MostTokens = 256;

    private const int QueryTokens = 64;

    private readonly InferenceSession _session;
    private readonly BertTokenizer _tokenizer = new();
    private readonly string _output;
    private readonly bool _wantsTypes;

    /// <summary>Loads a model.</summary>
    /// <exception cref="OnnxRuntimeException">The graph cannot be run.</exception>
    /// <exception cref="DllNotFoundException">This machine has no native ONNX Runtime.</exception>
    public SentenceModel(ModelFiles files)
    {
        Name = files.Name;
        using var vocabulary = new StringReader(files.Vocabulary);
        _tokenizer.LoadVocabulary(vocabulary, convertInputToLowercase: true);
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            // The arena would keep the memory of the longest text for ever.
            EnableCpuMemArena = false,
            EnableMemoryPattern = false,
        };
        _session = new InferenceSession(files.Weights, options);
        _wantsTypes = _session.InputMetadata.ContainsKey("token_type_ids");
        var states = _session.OutputMetadata.First(output => output.Value.Dimensions.Length == 3);
        _output = states.Key;
        Dimensions = states.Value.Dimensions[2];
    }

    /// <summary>Changes with the weights; vectors of another name cannot be compared.</summary>
    public string Name { get; }

    /// <summary>Length of each vector.</summary>
    public int Dimensions { get; }

    /// <summary>The vector of a paper.</summary>
    public float[] EmbedPaper(string title, string? summary) => Embed(summary is { Length: > 0 } ? $"{title}. {summary}" : title, MostTokens);

    /// <summary>The vector of a query, or of one sentence.</summary>
    public float[] EmbedQuery(string text) => Embed(text, QueryTokens);

    /// <summary>The same; null for a text that cannot be read.</summary>
    public float[]? TryEmbedQuery(string text) => Try(() => EmbedQuery(text));

    /// <summary>The vector of a paper; null for a text that cannot be read.</summary>
    public float[]? TryEmbedPaper(string title, string? summary) => Try(() => EmbedPaper(title, summary));

    // The tokenizer is a stranger's, and papers come from everywhere; a fault of the model itself is the caller's.
    private static float[]? Try(Func<float[]> embed)
    {
        try
        {
            return embed();
        }
        catch (Exception thrown) when (thrown is not OnnxRuntimeException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private float[] Embed(string text, int mostTokens)
    {
        var ids = new long[mostTokens];
        var mask = new long[mostTokens];
        var types = new long[mostTokens];
        var length = _tokenizer.Encode(text, ids, mask, types);
        long[] shape = [1, length];
        using var idsValue = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, ids.AsMemory(0, length), shape);
        using var maskValue = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, mask.AsMemory(0, length), shape);
        using var typesValue = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, types.AsMemory(0, length), shape);
        var inputs = new Dictionary<string, OrtValue>(StringComparer.Ordinal) { ["input_ids"] = idsValue, ["attention_mask"] = maskValue };
        if (_wantsTypes)
            inputs["token_type_ids"] = typesValue;
        using var run = new RunOptions();
        using var outputs = _session.Run(run, inputs, [_output]);
        return MeanOf(outputs[0].GetTensorDataAsSpan<float>(), length);
    }

    // One text at a time, so there is no padding and each token counts.
    private float[] MeanOf(ReadOnlySpan<float> states, int length)
    {
        var mean = new float[Dimensions];
        for (var token = 0; token < length; token++)
            VectorMath.AddScaled(states.Slice(token * Dimensions, Dimensions), 1, mean);
        VectorMath.Normalise(mean);
        return mean;
    }
}
