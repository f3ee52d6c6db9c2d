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
    private const string UnknownToken = "[UNK]";
    // More than the most tokens have of any text that is one: the rest would be cut into tokens and thrown away.
    private const int MostCharacters = 20_000;

    private readonly InferenceSession _session;
    private readonly BertTokenizer _tokenizer = new();
    private readonly string _output;
    private readonly long _unknown;
    // Which tokens are words or parts of words, not marks or punctuation.
    private readonly bool[] _isWord;
    private readonly bool _wantsTypes;

    /// <summary>Loads a model.</summary>
    /// <exception cref="OnnxRuntimeException">The graph cannot be run.</exception>
    /// <exception cref="DllNotFoundException">This machine has no native ONNX Runtime.</exception>
    public SentenceModel(ModelFiles files)
    {
        Name = files.Name;
        using var vocabulary = new StringReader(files.Vocabulary);
        _tokenizer.LoadVocabulary(vocabulary, convertInputToLowercase: true);
        var tokens = files.Vocabulary.Split('\n', StringSplitOptions.TrimEntries);
        _unknown = Array.IndexOf(tokens, UnknownToken);
        _isWord = Array.ConvertAll(tokens, token => token.Any(char.IsLetterOrDigit) && !token.StartsWith('['));
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            // What a text needs is kept for the next one, in one place for all threads: the C library would keep as much for each thread.
            EnableCpuMemArena = true,
            // One that is made for each length of a text would be kept for ever.
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
    public float[] EmbedPaper(string title, string? summary) => Embed(Encode(PaperText(title, summary), MostTokens));

    /// <summary>The vector of a query, or of one sentence.</summary>
    public float[] EmbedQuery(string text) => Embed(Encode(text, QueryTokens));

    /// <summary>The same; null for a text that cannot be read, or of which the model knows less than half.</summary>
    public float[]? TryEmbedQuery(string text) => TryEmbed(text, QueryTokens);

    /// <summary>The vector of a paper; null for a text that cannot be read, or of which the model knows less than half.</summary>
    public float[]? TryEmbedPaper(string title, string? summary) => TryEmbed(PaperText(title, summary), MostTokens);

    private static string PaperText(string title, string? summary) => summary is { Length: > 0 } ? $"{Cut(title)}. {Cut(summary)}" : title;

    private static ReadOnlySpan<char> Cut(string text) => text.AsSpan(0, Math.Min(text.Length, MostCharacters));

    // The tokenizer is a stranger's, and papers come from everywhere; a fault of the model itself is the caller's. All words
    // that are not in the vocabulary are one token: papers in a script it does not have would be taken for one result.
    private float[]? TryEmbed(string text, int mostTokens)
    {
        try
        {
            var tokens = Encode(text, mostTokens);
            var ids = tokens.Ids.AsSpan(0, tokens.Length);
            var known = 0;
            foreach (var id in ids)
                known += _isWord[id] ? 1 : 0;
            return known > 0 && known >= ids.Count(_unknown) && Embed(tokens) is var vector && float.IsFinite(VectorMath.Dot(vector, vector)) ? vector : null;
        }
        catch (Exception thrown) when (thrown is not OnnxRuntimeException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private Tokens Encode(string text, int mostTokens)
    {
        var ids = new long[mostTokens];
        var mask = new long[mostTokens];
        var types = new long[mostTokens];
        var length = _tokenizer.Encode(Cut(text).ToString(), ids, mask, types);
        return new(ids, mask, types, length);
    }

    private float[] Embed(Tokens tokens)
    {
        var (ids, mask, types, length) = tokens;
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

    private readonly record struct Tokens(long[] Ids, long[] Mask, long[] Types, int Length);
}
