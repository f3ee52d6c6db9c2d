using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace DigestService.Delivery;

/// <summary>
/// What the digests of a day have in common in a language, as a fragment that further recipes are packed by: every twelve octets
/// of it stand in the mails of four readers at least, so that it holds nothing that is one reader's.
/// </summary>
internal sealed class RecipeDictionary
{
    /// <summary>Octets that are looked at together.</summary>
    internal const int Window = 12;

    private const int FewestReaders = 4;
    private const int TableBits = 15;

    private readonly byte[] _octets;
    private readonly int[] _short = NewTable();
    private readonly int[] _long = NewTable();

    private RecipeDictionary(byte[] octets)
    {
        _octets = octets;
        Fragment = MailFragment.Of([(octets, [])]);
        for (var i = 0; i + Window <= octets.Length; i++)
        {
            _short[Slot(RecipePacking.ShortKey(octets.AsSpan(i)))] = i;
            _long[Slot(RecipePacking.LongKey(octets.AsSpan(i)))] = i;
        }
    }

    /// <summary>As mails name it.</summary>
    public MailFragment Fragment { get; }

    /// <summary>Its octets.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>A dictionary of what these have in common, each of another reader.</summary>
    public static RecipeDictionary Of(IReadOnlyList<byte[]> bodies)
    {
        // How many have a window, and the last one that was seen to.
        var readers = new Dictionary<ulong, (int Count, int Last)>();
        for (var i = 0; i < bodies.Count; i++)
            for (var at = 0; at + Window <= bodies[i].Length; at++)
            {
                ref var seen = ref CollectionsMarshal.GetValueRefOrAddDefault(readers, RecipePacking.LongKey(bodies[i].AsSpan(at)), out var isKnown);
                if (!isKnown || seen.Last != i)
                    seen = (seen.Count + 1, i);
            }

        var common = new List<byte>();
        foreach (var body in bodies)
            for (var at = 0; at + Window <= body.Length;)
            {
                var start = at;
                while (at + Window <= body.Length && TakeCommon(body.AsSpan(at)))
                    at++;
                if (at > start)
                    common.AddRange(body.AsSpan(start, at - start + Window - 1));
                else
                    at++;
            }

        return new RecipeDictionary([.. common]);

        // Once each.
        bool TakeCommon(ReadOnlySpan<byte> octets) =>
            readers.TryGetValue(RecipePacking.LongKey(octets), out var seen) && seen.Count >= FewestReaders && readers.Remove(RecipePacking.LongKey(octets));
    }

    /// <summary>Where such octets may stand; -1 for nowhere.</summary>
    internal int FindShort(ulong key) => _short[Slot(key)];

    /// <summary>The same for long ones.</summary>
    internal int FindLong(ulong key) => _long[Slot(key)];

    private static int Slot(ulong key) => (int)(key >> (64 - TableBits));

    private static int[] NewTable()
    {
        var table = new int[1 << TableBits];
        Array.Fill(table, -1);
        return table;
    }
}

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
