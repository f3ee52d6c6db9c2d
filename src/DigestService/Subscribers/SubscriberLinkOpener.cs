using DigestService.Platform;
using NodaTime;

namespace DigestService.Subscribers;

/// <summary>Opens the links that readers get by mail, each for its one purpose, and makes those that pages show them.</summary>
internal sealed class SubscriberLinkOpener(Database database, LinkSigner signer, IClock clock)
{
    /// <summary>The reader a link is for; null when it is forged, made for something else, of an earlier generation, or erased.</summary>
    public async Task<Subscriber?> OpenAsync(string token, LinkPurpose purpose, CancellationToken ct)
    {
        if (!signer.TryRead(token, purpose, clock.GetCurrentInstant(), out var link))
            return null;
        var reader = await FindAsync(link.Subject, ct);
        return reader?.LinkVersion == link.Extra ? reader : null;
    }

    /// <summary>The reader and the paper of a feedback link.</summary>
    public async Task<(Subscriber Reader, long PaperId)?> OpenFeedbackAsync(string token, CancellationToken ct)
    {
        if (!signer.TryRead(token, LinkPurpose.Feedback, clock.GetCurrentInstant(), out var link))
            return null;
        return await FindAsync(link.Subject, ct) is { } reader ? (reader, link.Extra) : null;
    }

    /// <summary>Whether the link once was good, though its reader may since be erased: leaving then has happened.</summary>
    public bool IsGenuine(string token, LinkPurpose purpose, out long subscriberId)
    {
        var isGenuine = signer.TryRead(token, purpose, clock.GetCurrentInstant(), out var link);
        subscriberId = link.Subject;
        return isGenuine;
    }

    /// <summary>The path of a reader's own page.</summary>
    public string Path(LinkPurpose purpose, Subscriber reader) => purpose switch
    {
        LinkPurpose.Preferences => "/preferences/" + signer.Sign(purpose, reader.Id, reader.LinkVersion),
        LinkPurpose.Unsubscribe => "/unsubscribe/" + signer.Sign(purpose, reader.Id, reader.LinkVersion),
        _ => throw new ArgumentOutOfRangeException(nameof(purpose), purpose, "No page of this purpose is linked from another."),
    };

    /// <summary>A reader by row.</summary>
    public Task<Subscriber?> FindAsync(long id, CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Find, new { id }, ct);
}
