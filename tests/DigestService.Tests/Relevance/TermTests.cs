using System.Globalization;
using System.Runtime.CompilerServices;
using DigestService.Relevance.Text;

namespace DigestService.Tests.Relevance;

/// <summary>Words whose numbers are remembered.</summary>
public sealed class TermTests
{
    private const int MostKnown = 1 << 14;
    private const int LongestKnown = 64;

    [Fact]
    public void No_more_words_are_remembered_than_a_bound_however_many_new_ones_come()
    {
        var words = Feed(8 * MostKnown, LongestKnown);

        GC.Collect();

        words.Count(IsAlive).ShouldBeInRange(1, MostKnown);
    }

    [Fact]
    public void A_word_longer_than_any_of_a_text_is_not_remembered()
    {
        var words = Feed(MostKnown, LongestKnown + 1);

        GC.Collect();

        words.Count(IsAlive).ShouldBe(0);
    }

    [Fact]
    public void Words_that_take_each_others_places_keep_their_numbers_in_several_threads_at_once()
    {
        string[] words = [.. Enumerable.Range(0, 3 * MostKnown).Select(i => Word(i, 6 + (i % 40)) + (i % 3 == 0 ? "ization" : "s"))];
        var expected = Array.ConvertAll(words, word => Term.OfStem(PorterStemmer.NarrowStem(word)));

        Parallel.For(0, 4, thread =>
        {
            for (var i = 0; i < words.Length; i++)
            {
                var at = (i + (thread * 11)) % words.Length;
                Term.Of(words[at]).ShouldBe(expected[at]);
            }
        });

        Array.ConvertAll(words, Term.Of).ShouldBe(expected);
    }

    // Nothing else but what remembers them may hold the words.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference[] Feed(int count, int length) => [.. Enumerable.Range(0, count).Select(i => Known(Word(i, length)))];

    private static WeakReference Known(string word)
    {
        Term.Of(word).ShouldBe(Term.Of(word));
        return new WeakReference(word);
    }

    private static bool IsAlive(WeakReference word) => word.IsAlive;

    private static string Word(int number, int length) => number.ToString(CultureInfo.InvariantCulture).PadLeft(length, 'q');
}
