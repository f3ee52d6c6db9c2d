using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DigestService.Relevance.Text;

namespace DigestService.Relevance;

/// <summary>
/// 256 bits in which papers of like content differ little (Charikar's random hyperplanes over weighted terms).
/// Two papers are compared in a few instructions, which is what makes diversity affordable for every reader.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct PaperSignature(ulong A, ulong B, ulong C, ulong D)
{
    private const int Bits = 256;
    private const double TitleWeight = 1;
    // Papers this alike are one story told twice.
    private const double NearDuplicateSimilarity = 0.94;
    private static readonly double[] CosineByDistance = MakeCosines();
    private static readonly int NearDuplicateDistance = Array.FindIndex(CosineByDistance, cosine => cosine < NearDuplicateSimilarity) - 1;

    /// <summary>Whether there was any text to sign; a paper without text resembles nothing.</summary>
    public bool IsEmpty => (A | B | C | D) == 0;

    /// <summary>Signs a paper by its words, the telling ones more than the ordinary, the title's more than the abstract's.</summary>
    public static PaperSignature Of(IndexedPaper paper, CatalogueStatistics statistics)
    {
        var weighted = new List<(ulong, double)>(paper.Terms.Length);
        for (var i = 0; i < paper.Terms.Length; i++)
        {
            var positions = paper.PositionsAt(i);
            var inTitle = positions[0] < IndexedPaper.AbstractStart ? TitleWeight : 0;
            weighted.Add((paper.Terms[i], (1 + Math.Log(positions.Length) + inTitle) * statistics.Idf(paper.Terms[i])));
        }
        return Of(weighted);
    }

    /// <summary>Signs weighted terms. The same terms and weights give the same signature in every process.</summary>
    internal static PaperSignature Of(IEnumerable<(ulong Term, double Weight)> terms)
    {
        Span<double> sums = stackalloc double[Bits];
        var any = false;
        foreach (var (term, weight) in terms)
        {
            any = true;
            var seed = term;
            for (var word = 0; word < Bits / 64; word++)
            {
                seed = Term.Mix(seed + 0x9E3779B97F4A7C15UL);
                AddSigned(sums.Slice(word * 64, 64), seed, weight);
            }
        }
        return any ? new(Word(sums[..64]), Word(sums[64..128]), Word(sums[128..192]), Word(sums[192..])) : default;
    }

    /// <summary>The estimated cosine of the two papers' term vectors, never below 0.</summary>
    public double Similarity(in PaperSignature other) => IsEmpty || other.IsEmpty ? 0 : CosineByDistance[Distance(other)];

    /// <summary>Whether the two papers are so alike that they are one story told twice.</summary>
    public bool IsNearDuplicateOf(in PaperSignature other) => Distance(other) <= NearDuplicateDistance && !IsEmpty && !other.IsEmpty;

    private int Distance(in PaperSignature other) =>
        BitOperations.PopCount(A ^ other.A) + BitOperations.PopCount(B ^ other.B)
        + BitOperations.PopCount(C ^ other.C) + BitOperations.PopCount(D ^ other.D);

    // Adds the weight where a bit is set and takes it off where it is not, eight at once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSigned(Span<double> sums, ulong bits, double weight)
    {
        var eight = Vector512.Create(1UL, 2, 4, 8, 16, 32, 64, 128);
        var positive = Vector512.Create(weight).AsUInt64();
        ref var first = ref MemoryMarshal.GetReference(sums[..64]);
        for (var at = 0; at < 64; at += 8)
        {
            var unset = Vector512.Equals(Vector512.Create(bits >> at) & eight, Vector512<ulong>.Zero);
            var sum = Vector512.LoadUnsafe(ref first, (nuint)at) + (positive ^ (unset & Vector512.Create(1UL << 63))).AsDouble();
            sum.StoreUnsafe(ref first, (nuint)at);
        }
    }

    private static ulong Word(ReadOnlySpan<double> sums)
    {
        ulong word = 0;
        for (var bit = 0; bit < 64; bit++)
            word |= sums[bit] > 0 ? 1UL << bit : 0;
        return word;
    }

    private static double[] MakeCosines()
    {
        var cosines = new double[Bits + 1];
        for (var distance = 0; distance <= Bits; distance++)
            cosines[distance] = Math.Max(0, Math.Cos(Math.PI * distance / Bits));
        return cosines;
    }
}
