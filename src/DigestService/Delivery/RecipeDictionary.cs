using System.Runtime.InteropServices;

namespace DigestService.Delivery;

/// <summary>
/// What the digests of a day have in common in a language, as a fragment that further recipes are packed by. It is made of stretches of which
/// every twelve octets stand in the mails of four readers at least, so that it holds nothing that is one reader's.
/// </summary>
internal sealed class RecipeDictionary
{
    // What is common is looked for in stretches that packing finds again.
    private const int Window = RecipePacking.Long;

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

    /// <summary>A place at which a few octets with this key begin, or other ones with a key that shares its slot; -1 where there is none.</summary>
    internal int FindShort(ulong key) => _short[Slot(key)];

    /// <summary>The same for <see cref="Window"/> octets.</summary>
    internal int FindLong(ulong key) => _long[Slot(key)];

    private static int Slot(ulong key) => (int)(key >> (64 - TableBits));

    private static int[] NewTable()
    {
        var table = new int[1 << TableBits];
        Array.Fill(table, -1);
        return table;
    }
}
