using System.Text;
using NodaTime;

namespace DigestService.Platform.Layout;

/// <summary>What the stamp of a form says of how it was sent.</summary>
internal enum StampVerdict
{
    /// <summary>In the time that people take, or by a program that sends no stamp and goes by the limits of the API.</summary>
    Good,

    /// <summary>Sooner after its page was asked for than anybody can read and type.</summary>
    TooFast,

    /// <summary>More than a day later, or with a stamp that is not ours.</summary>
    TooOld,
}

/// <summary>
/// The signed moment at which the page of a public form was asked for. Pages hold a place for it: a page that is kept for
/// everybody is still given the stamp of each answer, when it is written.
/// </summary>
internal sealed class FormStamps(LinkSigner signer, IClock clock)
{
    /// <summary>The field's name.</summary>
    public const string Field = "stamp";

    /// <summary>What stands in a rendered page where the stamp goes, as long as one.</summary>
    public const string Place = "the-stamp-goes-here.the-stamp-goes-here.the-stamp-";

    private static readonly Duration Fastest = Duration.FromSeconds(1);
    private static readonly Duration Oldest = Duration.FromDays(1);
    private static readonly byte[] PlaceOctets = Encoding.ASCII.GetBytes(Place);

    /// <summary>The day of the stamps that are given now; a page that was kept longer elsewhere is to be asked for anew.</summary>
    public LocalDate Today => clock.GetCurrentInstant().InUtc().Date;

    /// <summary>A stamp of this moment.</summary>
    public byte[] Make() => Encoding.ASCII.GetBytes(signer.Sign(LinkPurpose.Form, clock.GetCurrentInstant().ToUnixTimeMilliseconds()));

    /// <summary>Where stamps go in a page; none in most.</summary>
    public static IReadOnlyList<int> PlacesIn(ReadOnlySpan<byte> page)
    {
        var places = new List<int>();
        for (var at = page.IndexOf(PlaceOctets); at >= 0;)
        {
            places.Add(at);
            var next = page[(at + PlaceOctets.Length)..].IndexOf(PlaceOctets);
            at = next < 0 ? -1 : at + PlaceOctets.Length + next;
        }

        return places;
    }

    /// <summary>A copy of a page with stamps of this moment.</summary>
    public byte[] Stamped(byte[] page, IReadOnlyList<int> places)
    {
        var stamp = Make();
        var stamped = page.ToArray();
        foreach (var place in places)
            stamp.CopyTo(stamped, place);
        return stamped;
    }

    /// <summary>What a form's stamp says.</summary>
    public StampVerdict Judge(string? stamp)
    {
        if (string.IsNullOrEmpty(stamp))
            return StampVerdict.Good;
        var now = clock.GetCurrentInstant();
        if (!signer.TryRead(stamp, LinkPurpose.Form, now, out var signed))
            return StampVerdict.TooOld;
        var age = now - Instant.FromUnixTimeMilliseconds(signed.Subject);
        if (age > Oldest)
            return StampVerdict.TooOld;
        return age < Fastest ? StampVerdict.TooFast : StampVerdict.Good;
    }
}
