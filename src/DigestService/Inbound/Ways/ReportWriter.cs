using System.Text;

namespace DigestService.Inbound.Ways;

/// <summary>Writes a provider's notice as the report that a mail server would have sent, so that one reader reads all.</summary>
internal static class ReportWriter
{
    /// <summary>A delivery report (RFC 3464).</summary>
    public static byte[] Bounce(string? recipient, string? messageId, string? status, string? diagnostic, bool isFinal, string noticeId) => Report(
        "delivery-status",
        $"Final-Recipient: rfc822; {Clean(recipient)}\r\nAction: {(isFinal ? "failed" : "delayed")}\r\n"
            + (status is { Length: > 0 } ? $"Status: {Clean(status)}\r\n" : "")
            + (diagnostic is { Length: > 0 } ? $"Diagnostic-Code: smtp; {Clean(diagnostic)}\r\n" : ""),
        messageId,
        noticeId);

    /// <summary>A complaint (RFC 5965).</summary>
    public static byte[] Complaint(string? recipient, string? messageId, string noticeId) => Report(
        "feedback-report",
        $"Feedback-Type: abuse\r\nVersion: 1\r\nUser-Agent: webhook/1.0\r\nOriginal-Rcpt-To: {Clean(recipient)}\r\n",
        messageId,
        noticeId);

    /// <summary>A notice in JSON that the reader knows.</summary>
    public static byte[] Json(string json) => Encoding.UTF8.GetBytes(
        "Subject: Delivery Status Notification\r\nAuto-Submitted: auto-generated\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + json);

    private static byte[] Report(string type, string fields, string? messageId, string noticeId)
    {
        const string boundary = "=_notice";
        return Encoding.UTF8.GetBytes(
            $"Subject: Delivery Status Notification\r\nAuto-Submitted: auto-generated\r\nX-Notice-Id: {Clean(noticeId)}\r\n"
            + $"Content-Type: multipart/report; report-type={type}; boundary=\"{boundary}\"\r\n\r\n"
            + $"--{boundary}\r\nContent-Type: message/{type}\r\n\r\n{(type is "delivery-status" ? "Reporting-MTA: dns; webhook\r\n\r\n" : "")}{fields}\r\n"
            + $"--{boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{Clean(messageId).Trim('<', '>')}>\r\n\r\n--{boundary}--\r\n");
    }

    // A line break in a provider's text would be another field.
    private static string Clean(string? text) =>
        text is null ? "" : string.Concat(text[..Math.Min(text.Length, 2000)].Select(c => char.IsControl(c) ? ' ' : c)).Trim();
}
