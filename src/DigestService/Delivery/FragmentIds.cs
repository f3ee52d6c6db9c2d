namespace DigestService.Delivery;

/// <summary>
/// The fragments of a packed recipe as its row names them: the least id with a minus, then four ids in each number, as what they are
/// more than that one and one more, in fifteen bits. Where they lie further apart, and on rows of plain recipes, each stands by itself.
/// </summary>
/// <remarks><see cref="FragmentQueries.DeleteUnused"/> reads them too.</remarks>
internal static class FragmentIds
{
    private const int Bits = 15;
    private const int Most = (1 << Bits) - 1;
    private const int InANumber = 4;

    /// <summary>The ids as the row has them.</summary>
    public static long[] Pack(long[] ids)
    {
        if (ids.Length == 0)
            return ids;
        var least = ids.Min();
        if (least <= 0 || ids.Max() - least >= Most)
            return ids;
        var packed = new long[1 + ((ids.Length + InANumber - 1) / InANumber)];
        packed[0] = -least;
        for (var i = 0; i < ids.Length; i++)
            packed[1 + (i / InANumber)] |= (ids[i] - least + 1) << (i % InANumber * Bits);
        return packed;
    }

    /// <summary>The ids of a row, in the order of the recipe.</summary>
    public static long[] Unpack(long[] packed)
    {
        if (packed.Length == 0 || packed[0] >= 0)
            return packed;
        var ids = new List<long>(packed.Length * InANumber);
        foreach (var number in packed.AsSpan(1))
            for (var rest = number; rest > 0; rest >>= Bits)
                ids.Add((rest & Most) - 1 - packed[0]);
        return [.. ids];
    }
}
