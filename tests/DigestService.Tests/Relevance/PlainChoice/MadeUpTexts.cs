using DigestService.Relevance;

namespace DigestService.Tests.Relevance.PlainChoice;

/// <summary>Texts with the word frequencies of real ones.</summary>
internal sealed class MadeUpTexts(int seed)
{
    private const int Vocabulary = 30_000;

    private readonly Random _random = new(seed);

    /// <summary>A paper of made-up words.</summary>
    public IndexedPaper Paper(int id) => IndexedPaper.Of(new PaperText { Id = id, Title = Words(10), Abstract = Words(180) });

    /// <summary>A query as readers write them: rarely of the commonest words.</summary>
    public string Query() => _random.Next(3) switch
    {
        0 => TellingWord(),
        1 => $"{TellingWord()} {TellingWord()}",
        _ => $"\"{TellingWord()} {Word()}\" OR {TellingWord()}",
    };

    private string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => Word()));

    private string TellingWord() => $"w{Rank() + 150}x";

    private string Word() => $"w{Rank()}x";

    private int Rank() => (int)Math.Pow(Vocabulary, _random.NextDouble());
}

/// <summary>
/// Vectors whose cosines spread as those of the sentence model do: 0.1 on average, 0.45 and more for one pair in four hundred
/// (50 queries and 482 papers).
/// </summary>
internal sealed class MadeUpVectors(int seed)
{
    private const int Dimensions = 384;
    private const int Fields = 400;
    private readonly Random _random = new(seed);
    private readonly float[][] _fields = [.. Enumerable.Range(0, Fields).Select(field => Noise(new Random(field)))];
    private readonly float[] _common = Noise(new Random(-1));

    /// <summary>The next vector, of length 1.</summary>
    public float[] Next()
    {
        var (field, noise) = (_fields[_random.Next(Fields)], Noise(_random));
        var vector = noise.Select((x, i) => (0.66f * x) + (0.32f * _common[i]) + (0.65f * field[i])).ToArray();
        var length = MathF.Sqrt(vector.Sum(x => x * x));
        return [.. vector.Select(x => x / length)];
    }

    // Of length 1 or nearly so.
    private static float[] Noise(Random random) =>
        [.. Enumerable.Range(0, Dimensions).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Sqrt(12.0 / Dimensions)))];
}
