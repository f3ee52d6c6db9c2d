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

    /// <summary>
    /// The reader of a link that carries something else than the generation, and what it carries: the paper of a feedback
    /// link, the day of a digest's. Null as for <see cref="OpenAsync"/>.
    /// </summary>
    public async Task<(Subscriber Reader, long Extra)?> OpenCarryingAsync(string token, LinkPurpose purpose, CancellationToken ct)
    {
        if (LinkSigner.ClaimedSubject(token) is not { } subject || await FindAsync(subject, ct) is not { } reader)
            return null;
        return signer.TryRead(token, purpose, clock.GetCurrentInstant(), out var link, reader.LinkVersion) ? (reader, link.Extra) : null;
    }

    /// <summary>
    /// The reader and the paper of a feedback link: a short token names the reader and the paper stands beside it, the longer
    /// token of earlier mails names both. Null as for <see cref="OpenAsync"/>.
    /// </summary>
    public async Task<(Subscriber Reader, long PaperId)?> OpenFeedbackAsync(string token, long? paperId, CancellationToken ct)
    {
        if (paperId is not { } paper)
            return await OpenCarryingAsync(token, LinkPurpose.Feedback, ct);
        if (LinkSigner.ClaimedShortSubject(token) is not { } subject || await FindAsync(subject, ct) is not { } reader)
            return null;
        return signer.IsShort(token, LinkPurpose.Feedback, reader.Id, reader.LinkVersion) ? (reader, paper) : null;
    }

    /// <summary>
    /// Whom a link to leave ends the mails of. Leaving cannot be voided: a link of any generation opens it, and one that was
    /// sent before the reader was erased and came back. The reader is null when nobody is left to leave.
    /// </summary>
    public async Task<(bool IsGenuine, Subscriber? Reader)> OpenLeavingAsync(string token, CancellationToken ct) =>
        signer.TryRead(token, LinkPurpose.Unsubscribe, clock.GetCurrentInstant(), out var link)
            ? (true, await FindPresentAsync(link.Subject, ct))
            : (false, null);

    /// <summary>Whether a link is genuine and nothing is left of its reader: the form that comes by it may be the one that erased them, sent twice.</summary>
    public async Task<bool> IsOfErasedAsync(string token, LinkPurpose purpose, CancellationToken ct) =>
        signer.TryRead(token, purpose, clock.GetCurrentInstant(), out var link) && await FindPresentAsync(link.Subject, ct) is null;

    /// <summary>The path of a reader's own page.</summary>
    public string Path(LinkPurpose purpose, Subscriber reader) => purpose switch
    {
        LinkPurpose.Preferences => "/preferences/" + signer.Sign(purpose, reader.Id, reader.LinkVersion),
        LinkPurpose.Unsubscribe => "/unsubscribe/" + signer.Sign(purpose, reader.Id, reader.LinkVersion),
        LinkPurpose.Saved => "/saved/" + signer.Sign(purpose, reader.Id, generation: reader.LinkVersion),
        _ => throw new ArgumentOutOfRangeException(nameof(purpose), purpose, "No page of this purpose is linked from another."),
    };

    private async Task<Subscriber?> FindPresentAsync(long id, CancellationToken ct) =>
        await FindAsync(id, ct) ?? await database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.FindPresent, new { id }, ct);

    /// <summary>A reader by row.</summary>
    public Task<Subscriber?> FindAsync(long id, CancellationToken ct) =>
        database.QuerySingleOrDefaultAsync<Subscriber>(SubscriberQueries.Find, new { id }, ct);
}
