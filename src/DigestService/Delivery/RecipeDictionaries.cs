using System.Collections.Concurrent;

namespace DigestService.Delivery;

/// <summary>The dictionaries of the days and languages that are just composed, made of their digests.</summary>
internal sealed class RecipeDictionaries
{
    // Five languages and three days that are composed at a time; each takes some 350 kB. What is forgotten is made anew.
    private const int MostDays = 24;

    private readonly ConcurrentDictionary<string, Gathered> _days = new(StringComparer.Ordinal);

    /// <summary>
    /// The recipe packed by the dictionary of its kind, such as a day in a language; as it is while there is none.
    /// </summary>
    public MailRecipe Pack(MailRecipe recipe, string kind, long reader)
    {
        if (!_days.TryGetValue(kind, out var gathered))
        {
            if (_days.Count >= MostDays)
                _days.Clear();
            gathered = _days.GetOrAdd(kind, _ => new Gathered());
        }

        gathered.Add(recipe, reader);
        return gathered.Dictionary is { } dictionary ? recipe.PackedBy(dictionary) : recipe;
    }

    private sealed class Gathered
    {
        // Sixty-four mails have most of what a day's mails have in common: some 15 kB. With 32 a recipe takes 80 octets more.
        private const int Readers = 64;

        // Of the first mails few lines are fragments yet (SharedLine), and later ones say less themselves: 995 octets where the first
        // sixty-four are the dictionary.
        private const int TimesAsMany = 8;

        // A digest of ten papers has some 3.7 kB; of one of fifty the beginning tells enough.
        private const int MostOfABody = 6_000;

        private readonly Dictionary<long, byte[]> _bodies = [];
        private volatile RecipeDictionary? _dictionary;
        private int _mails;
        private volatile int _next = Readers;

        public RecipeDictionary? Dictionary => _dictionary;

        /// <summary>The last mails before the 64th, the 512th, the 4,096th and so on make a dictionary.</summary>
        public void Add(MailRecipe recipe, long reader)
        {
            if (Interlocked.Increment(ref _mails) <= _next - Readers)
                return;
            List<byte[]> bodies;
            lock (_bodies)
            {
                if (!_bodies.TryAdd(reader, Beginning(recipe.Body)) || _bodies.Count < Readers)
                    return;
                bodies = [.. _bodies.Values];
                _bodies.Clear();
                _next = _next < int.MaxValue / TimesAsMany ? _next * TimesAsMany : int.MaxValue;
            }

            _dictionary = RecipeDictionary.Of(bodies);
        }

        private static byte[] Beginning(ReadOnlySpan<byte> body) => body[..Math.Min(body.Length, MostOfABody)].ToArray();
    }
}
