using DigestService.Delivery;
using DigestService.Mail;

namespace DigestService.Inbound.Reading;

/// <summary>What a refusal says that a report tells of: one word for why, and whether the address itself is dead.</summary>
/// <param name="Reason">The word.</param>
/// <param name="IsHard">The address is dead.</param>
/// <param name="IsOfMailbox">The address is not proved to be dead, and is given up after weeks of it.</param>
internal readonly record struct ReportedRefusal(string Reason, bool IsHard, bool IsOfMailbox = false)
{
    /// <summary>Nothing is proved.</summary>
    public const string Unknown = "unknown";

    /// <summary>Whether these words do not say whose fault it is, so that others may.</summary>
    public bool IsUnclear { get; init; }

    /// <summary>This, or what other words of the same report say, where those say more.</summary>
    public ReportedRefusal Or(ReportedRefusal other) => other.IsUnclear && Reason != Unknown ? this : other;

    /// <summary>
    /// Judges by the sender's own table. A 4xx that was repeated until the time ran out condemns an address only where its
    /// status speaks of addresses.
    /// </summary>
    /// <param name="code">SMTP reply code, or null.</param>
    /// <param name="status">Enhanced status code, or null.</param>
    /// <param name="stage">What was refused, as far as the report says.</param>
    /// <param name="text">The server's words.</param>
    public static ReportedRefusal Judge(int? code, string? status, SendStage? stage, string? text)
    {
        EnhancedStatus? known = EnhancedStatus.TryParse(status, out var parsed) ? parsed : null;
        var refusal = Refusals.Explain(code ?? 0, known, text ?? "", stage);
        var isTemporary = known is { Class: 4 } || known is null && code is >= 400 and < 500;
        var isHard = refusal.Kind == RefusalKind.Address && (!isTemporary || known is { Subject: 1 });
        return new ReportedRefusal(refusal.Reason, isHard, !isHard && (refusal is { Kind: RefusalKind.Address } or { Reason: Refusals.SystemFull } || Refusals.IsOfMailbox(refusal)))
        {
            IsUnclear = refusal.Kind == RefusalKind.Unclear,
        };
    }
}
