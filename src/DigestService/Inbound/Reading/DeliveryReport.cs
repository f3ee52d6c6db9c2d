using System.Text;
using DigestService.Mail.Mime;

namespace DigestService.Inbound.Reading;

/// <summary>What the machine-readable part of a delivery report says (RFC 3464).</summary>
/// <param name="Failed">The recipients it gives up on.</param>
/// <param name="Named">Everybody it names, delayed and delivered ones too.</param>
/// <param name="EnvelopeIds">Original-Envelope-Id fields (RFC 3461).</param>
internal sealed record DeliveryReport(
    IReadOnlyList<ReportedRecipient> Failed, IReadOnlyList<ReportedRecipient> Named, IReadOnlyList<string> EnvelopeIds)
{
    private const int MostRecipients = 100;

    /// <summary>Reads every delivery status of a mail outside the mail it returns; null where there is none.</summary>
    /// <param name="mail">The report.</param>
    /// <param name="told">Its text for people, which says why where the fields do not.</param>
    public static DeliveryReport? Read(MimePart mail, string told)
    {
        var parts = OwnParts(mail).Where(IsStatus).Take(5).ToList();
        var report = WrittenBounce.ReportOf(told);
        var blocks = parts.Count > 0 ? parts.SelectMany(part => part.ReportBlocks()) : BlocksIn(report);
        if (parts.Count == 0 && !blocks.Any())
            return null;
        var failed = new List<ReportedRecipient>();
        var named = new List<ReportedRecipient>();
        var envelopes = new List<string>();
        foreach (var block in blocks.Take(MostRecipients))
        {
            if (block.First("Original-Envelope-Id") is { Length: > 0 and < 200 } envelope)
                envelopes.Add(envelope.Trim('<', '>', ' '));
            var address = RecipientOf(block);
            if (address is null && block.First("Action") is null && block.First("Diagnostic-Code") is null)
                continue;
            var recipient = Judge(block, address, report);
            named.Add(recipient);
            if (IsFailure(block, recipient.Status))
                failed.Add(recipient);
        }

        return new DeliveryReport(failed, named, envelopes);
    }

    // Some write the fields into the text for people.
    private static IEnumerable<MimeHeaders> BlocksIn(string told) =>
        told.Contains("Final-Recipient:", StringComparison.OrdinalIgnoreCase) && (told.Contains("Action:", StringComparison.OrdinalIgnoreCase) || told.Contains("Status:", StringComparison.OrdinalIgnoreCase))
            ? MimeHeaders.ReadBlocks(Encoding.UTF8.GetBytes(told)).Where(block => block.First("Final-Recipient") is not null)
            : [];

    private static bool IsStatus(MimePart part) => part.Type.MediaType is "message/delivery-status" or "message/global-delivery-status";

    private static IEnumerable<MimePart> OwnParts(MimePart part)
    {
        yield return part;
        if (!part.Type.IsMultipart)
            yield break;
        foreach (var child in part.Children)
        {
            foreach (var own in OwnParts(child))
                yield return own;
        }
    }

    // What the sender wrote to is in Original-Recipient; where a forwarding took place, Final-Recipient is a stranger's.
    private static string? RecipientOf(MimeHeaders block) =>
        AddressOf(block.First("Original-Recipient")) ?? AddressOf(block.First("Final-Recipient"))
        ?? AddressOf(block.First("X-Actual-Recipient")) ?? AddressOf(block.First("X-Original-Recipient"));

    private static string? AddressOf(string? field) =>
        field is null ? null : Addresses.In(XText(field[(field.IndexOf(';', StringComparison.Ordinal) + 1)..])) is [var address, ..] ? address : null;

    // RFC 3461 4: +40 for @ and the like.
    private static string XText(string text) => text.Replace("+40", "@", StringComparison.Ordinal).Replace("+3D", "=", StringComparison.OrdinalIgnoreCase).Replace("+2B", "+", StringComparison.OrdinalIgnoreCase);

    private static bool IsFailure(MimeHeaders block, string? status) => (block.First("Action")?.Trim().ToLowerInvariant()) switch
    {
        { } action when action.StartsWith("fail", StringComparison.Ordinal) => true,
        { } action when action.StartsWith("delay", StringComparison.Ordinal) => false,
        { } action when action.StartsWith("deliver", StringComparison.Ordinal) => false,
        { } action when action.StartsWith("relay", StringComparison.Ordinal) || action.StartsWith("expand", StringComparison.Ordinal) => false,
        _ => status?.StartsWith('2') != true,
    };

    private static ReportedRecipient Judge(MimeHeaders block, string? address, string report)
    {
        var diagnostic = string.Join(' ', block.All("Diagnostic-Code").Take(3));
        var said = diagnostic[(diagnostic.IndexOf(';', StringComparison.Ordinal) + 1)..].Trim();
        var field = block.First("Status");
        var replied = RefusalCodes.Read(said);
        var status = RefusalCodes.Read(field).Status ?? replied.Status;
        var words = said.Length > 0 ? said : field?.Length > 8 ? field : WrittenBounce.WithoutProlog(report);
        var read = said.Length > 0 ? (Code: null, Status: null) : RefusalCodes.Read(words);
        var stage = RefusedCommands.Read(said) ?? RefusedCommands.Read(WordsFor(address, report));
        // An agent's own words (x-unix; procmail: …) are about its machine, not about the address.
        var verdict = said.Length > 0 && diagnostic.StartsWith("x-unix", StringComparison.OrdinalIgnoreCase)
            ? new ReportedRefusal("system", IsHard: false)
            : ReportedRefusal.Judge(replied.Code ?? read.Code, Specific(replied.Status, status), stage, words);
        return new ReportedRecipient
        {
            Address = address,
            Status = replied.Status is { } reply && status?.EndsWith(".0.0", StringComparison.Ordinal) == true ? reply : status ?? RefusalCodes.Write(replied.Code),
            Permanent = verdict.IsHard && IsFailure(block, status),
            IsOfMailbox = verdict.IsOfMailbox,
            Reason = verdict.Reason,
            Text = RefusalCodes.Shorten(words),
        };
    }

    private static string? Specific(string? replied, string? field) =>
        replied is not null && (field is null || !replied.EndsWith(".0.0", StringComparison.Ordinal)) ? replied : field;

    private static string WordsFor(string? address, string report) =>
        address is not null && report.IndexOf(address, StringComparison.OrdinalIgnoreCase) is >= 0 and var at ? report[at..Math.Min(report.Length, at + 1500)] : report;
}
