using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Inbound.Ways;
using DigestService.Platform;
using DigestService.Sources;

namespace DigestService.Admin;

/// <summary>Something that keeps the service from doing its work.</summary>
/// <param name="Part">One of <see cref="ServiceFaults.Parts"/>.</param>
/// <param name="Sentence">What is wrong, and what to do.</param>
internal sealed record ServiceFault(string Part, string Sentence);

/// <summary>
/// What is wrong with the service at this moment: the one judgement that <c>/readyz</c>, <c>doctor</c>, <c>/metrics</c> and
/// <c>/admin</c> tell, so that none of them is green while another is red.
/// </summary>
internal sealed class ServiceFaults(
    Database database, ClockSkew clock, OutboxHealth outbox, RelayTroubles troubles, DigestLateness digests, SourceHealth sources, InboxHealth inbox)
{
    /// <summary>The part of a database that cannot be asked at all.</summary>
    public const string OfDatabase = "database";

    /// <summary>What there is to look at; the names stand in <c>/metrics</c> and in the alert rules.</summary>
    public static readonly IReadOnlyList<string> Parts = [OfDatabase, "clock", "outbox", "doubt", "relay", "digests", "source", "inbox"];

    /// <summary>Looks at each part once; what keeps the others from working comes first.</summary>
    public async Task<IReadOnlyList<ServiceFault>> FindAsync(CancellationToken ct)
    {
        var faults = new List<ServiceFault>();
        faults.AddRange((await DatabaseRoom.FindFaultsAsync(database, ct)).Select(sentence => new ServiceFault(OfDatabase, sentence)));
        if (await clock.FindFaultAsync(ct) is { } skew)
            faults.Add(new("clock", skew));
        faults.AddRange((await outbox.FindFaultsAsync(ct)).Select(sentence => new ServiceFault("outbox", sentence)));
        if (await outbox.FindDoubtAsync(ct) is { } doubt)
            faults.Add(new("doubt", doubt));
        faults.AddRange((await troubles.ReadAsync(ct)).Select(trouble => new ServiceFault("relay", trouble.Words)));
        faults.AddRange((await digests.FindFaultsAsync(ct)).Select(sentence => new ServiceFault("digests", sentence)));
        faults.AddRange((await sources.CheckAsync(ct)).Where(source => !source.IsHealthy).Select(source => new ServiceFault("source", $"Source {source.Source}: {source.Detail}")));
        faults.AddRange((await inbox.ReadAsync(ct)).Faults.Select(sentence => new ServiceFault("inbox", sentence)));
        return faults;
    }
}
