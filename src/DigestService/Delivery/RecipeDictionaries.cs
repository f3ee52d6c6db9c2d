using System.Collections.Concurrent;
using NodaTime;

namespace DigestService.Delivery;

/// <summary>The dictionaries of the days and languages that are just composed, made of their digests.</summary>
internal sealed class RecipeDictionaries
{
    // Three nominal days are composed at a time, for somewhere it is yesterday and elsewhere tomorrow. A dictionary takes some 350 kB, and what is
    // gathered for one are mails of readers: both go with their day. What is forgotten is made anew.
    private const int DaysBefore = 2;

    // After an outage days are composed in the order of their readers and not of time. Six days of five languages are kept beside one another:
    // some 11 MB.
    private const int MostKept = 32;

    private readonly ConcurrentDictionary<(string Language, LocalDate Day), Gathered> _days = new();

    /// <summary>The recipe packed by the dictionary of its day and language; as it is while there is none.</summary>
    public MailRecipe Pack(MailRecipe recipe, string language, LocalDate day, long reader)
    {
        if (!_days.TryGetValue((language, day), out var gathered))
        {
            MakeRoomFor(day);
            gathered = _days.GetOrAdd((language, day), _ => new Gathered());
        }

        gathered.Add(recipe, reader);
        return gathered.Dictionary is { } dictionary ? recipe.PackedBy(dictionary) : recipe;
    }

    // What is furthest from the day that is composed goes first.
    private void MakeRoomFor(LocalDate day)
    {
        foreach (var past in _days.Keys.Where(kind => kind.Day < day.PlusDays(-DaysBefore)))
            _days.TryRemove(past, out _);
        var kept = _days.Keys;
        foreach (var far in kept.OrderByDescending(kind => Math.Abs(Period.DaysBetween(kind.Day, day))).Take(kept.Count + 1 - MostKept))
            _days.TryRemove(far, out _);
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
