using System.Text;
using NodaTime;

namespace DigestService.Platform.Layout;

/// <summary>
/// The signed moment at which the page of a public form was asked for. Pages hold a place for it: a page that is kept for
/// everybody is still given the stamp of each answer, when it is written. A form that comes back sooner than anybody can type is
/// kept waiting, which a person does not notice and a program that sends thousands does.
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
    private byte[] Make() => Encoding.ASCII.GetBytes(signer.Sign(LinkPurpose.Form, clock.GetCurrentInstant().ToUnixTimeMilliseconds()));

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

    /// <summary>
    /// Whether a form is to be asked again: its stamp is more than a day old, or not ours. One without a stamp is a program's, which goes by
    /// the limits of the API. Returns a second after the stamp at the earliest.
    /// </summary>
    public async Task<bool> IsTooOldAsync(string? stamp, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(stamp))
            return false;
        var now = clock.GetCurrentInstant();
        if (!signer.TryRead(stamp, LinkPurpose.Form, now, out var signed))
            return true;
        var age = now - Instant.FromUnixTimeMilliseconds(signed.Subject);
        if (age > Oldest)
            return true;
        if (age < Fastest)
            await Task.Delay((Fastest - Duration.Max(age, Duration.Zero)).ToTimeSpan(), ct);
        return false;
    }
}
