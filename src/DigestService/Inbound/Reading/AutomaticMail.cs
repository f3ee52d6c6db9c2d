using DigestService.Mail.Mime;

namespace DigestService.Inbound.Reading;

/// <summary>Tells mail that programs write from mail that people write (RFC 3834).</summary>
internal static class AutomaticMail
{
    private static readonly string[] DaemonNames =
    [
        "mailer-daemon", "mailerdaemon", "mail-daemon", "maildaemon", "postmaster", "mdaemon", "mail.delivery.system", "mail-delivery", "mail_daemon", "delivery-system", "mailsystem", "mailer", "mail-system", "maild", "ndr", "bounce", "bounces", "smtpd", "smtpsvc", "poostmaster",
    ];

    private static readonly string[] DaemonTitles = ["mail deliver", "mailer-daemon", "mailer daemon", "system administrator", "mail administrator", "mail system", "postmaster", "ndr administrator", "mail router", "mail gateway", "delivery subsystem", "smtp server", "message router"];

    private static readonly string[] NoReplyNames = ["noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "noreply-", "no-reply-", "noreply+", "no-reply+", "daemon", "root", "notification", "notifications", "listserv", "majordomo", "mailman", "owner-", "-owner", "-request", "listmaster", "autoreply", "auto-reply"];

    private static readonly string[] FailureSubjects =
    [
        "returned mail", "returned to sender", "undeliver", "delivery status", "delivery fail", "delivery error", "delivery report", "delivery notification", "delivery problem", "delivery has", "failed delivery", "failure notice", "failure notification",
        "mail failure", "failed mail", "mail error", "mail system error", "mail delivery", "message delivery", "error sending", "error delivering", "could not be delivered", "couldn't be delivered", "could not send", "couldn't send", "not delivered", "non delivery", "non-delivery", "nondeliver", "cannot be delivered", "can't be delivered",
        "returning message", "return message", "bounce", "notification d'état de remise", "non remis", "échec de la remise", "échec de remise", "unzustellbar", "nicht zugestellt", "zustellung fehlgeschlagen", "fehlgeschlagene", "no se puede entregar", "no entregado", "no se pudo entregar", "error de entrega", "devuelto",
        "mancata consegna", "non recapitabile", "não entregue", "недоставлен", "не доставлено", "возвращ", "配信不能", "配信できません", "送信できません", "メール送信エラー", "无法投递", "退信", "投递失败", "無法傳遞", "mail could not", "aws notification message", "error notify", "rejected mail", "message rejected", "loop alert", "permanent error", "user unknown", "user not known", "mail status report", "abuse report", "warning--could",
    ];

    private static readonly string[] FailureWords =
    [
        "couldn't be delivered", "can't be delivered", "unable to deliver", "not able to deliver", "wasn't able to deliver", "was not delivered", "wasn't delivered", "were not delivered", "not be delivered", "delivery failed", "delivery failure", "failed permanently", "delivery errors", "delivery problems",
        "permanent fatal errors", "transcript of session", "permanent error", "permanent failure", "did not reach", "failed to deliver", "had trouble delivering", "undeliverable", "undelivered", "error delivering", "failure reasons", "returned message", "rejected by a remote mail server", "rejected recipient", "user unknown", "unknown user", "no such user",
        "mailbox is full", "mailbox full", "exceeds allowed size", "unknown recipient", "was rejected", "bounced", "failed recipient", "addresses failed", "address failed", "address(es) failed", "error occurred while", "an error has occurred", "error sending", "not deliverable", "giving up", "i've given up", "message could not", "unable to send", "has been rejected", "could not send", "has failed",
        "nicht zugestellt", "konnte nicht", "n'a pas pu", "n'a pu être", "no se pudo", "no se ha podido", "не может быть доставлено", "не удалось доставить", "配信できません", "送信できません", "配送できません", "お届けできません", "无法投递", "无法送达", "退回", "notificationtype\":\"bounce", "invalid address", "following reason", "loop alert", "duplicated message-id", "recipients failed", "message expired", "unknown or illegal", "not listed in",
    ];

    private static readonly string[] FinalWords =
    [
        "permanent", "fatal", "undeliver", "non-deliver", "nondeliver", "not deliver", "n't deliver", "not be deliver", "n't be deliver", "unable to deliver", "delivery fail", "failed to deliver", "failure", "failed delivery", "did not reach", "didn't reach", "could not be reached", "could not be sent", "unable to send",
        "has failed", "have failed", "given up", "giving up", "gave up", "no further attempt", "error has occurred while", "has been rejected", "was rejected", "returned to you", "being returned", "unzustellbar", "nicht zugestellt", "zustellung fehlgeschlagen", "nicht übermittelt", "non remis", "n'a pas pu", "n'a pu être", "échec", "no se pudo", "no se ha podido", "no entregado", "mancata consegna", "non recapitabile", "não entregue",
        "не доставлен", "недоставлен", "не может быть", "не удалось", "できません", "配信不能", "无法", "退信", "失败", "無法", "退回",
    ];

    private static readonly string[] DelayWords =
    [
        "this is a warning message only", "do not need to resend", "delivery is delayed", "has been delayed", "delivery delay", "will keep trying", "will be retried", "keep trying to deliver", "still being retried", "not yet been delivered", "warning: could not send", "warning--could not send", "warning: message", "(delay)", "delayed mail", "delivery attempts will continue", "still trying", "will continue to try", "message delayed", "no action is required on your part", "could not send message for past", "will try again", "wird weiterhin versucht", "verzögert",
    ];

    private static readonly string[] VacationSubjects =
    [
        "out of office", "out of the office", "automatic reply", "auto reply", "auto-reply", "autoreply", "autoresponse", "auto response", "automatic response", "away from my mail", "on vacation", "vacation", "on holiday", "on leave", "i am away", "absence", "réponse automatique", "abwesenheit", "abwesend", "automatische antwort", "im urlaub", "respuesta automática", "fuera de la oficina", "fuera de oficina", "自动回复", "自動回覆", "自動応答", "不在", "autosvar", "automatisch antwoord", "risposta automatica", "resposta automática", "автоответ",
        "respuesta automatica", "respuesta de ausencia", "ausente", "reponse automatique", "absent(e)", "absent du bureau", "je suis absent", "nicht im büro", "nicht im haus", "ich bin nicht im büro", "ooo:", "[auto-reply]", "auto:", "自动答复", "自動返信", "自動返答", "外出",
        "afwezig", "niet op kantoor", "fuori sede", "fuori ufficio", "assente", "ausência", "fora do escritório", "resposta automatica", "resposta automàtica", "automatiskt svar", "automatisk svar", "automatisk besvarelse", "frånvaro", "fraværende", "fravær", "ikke på kontoret", "automaattinen vastaus", "poissa", "sjálfvirkt svar",
        "automatyczna odpowiedź", "odpowiedź automatyczna", "autoodpowiedź", "nieobecność", "poza biurem", "automatická odpověď", "automatická odpoveď", "mimo kancelář", "automatikus válasz", "otomatik yanıt", "ofis dışında", "răspuns automat", "automatski odgovor", "samodejni odgovor", "automātiskā atbilde", "automatinis atsakymas", "automaatne vastus",
        "автоматический ответ", "автоматична відповідь", "автоматичен отговор", "αυτόματη απάντηση", "자동 회신", "자동 응답", "부재중", "תשובה אוטומטית", "رد تلقائي", "ตอบกลับอัตโนมัติ", "trả lời tự động", "balasan otomatis",
        "sender verification", "message you sent requires", "your email requires verification", "delivery of your message is pending", "please verify yourself", "verify your message", "confirm that you are human", "boxbe:", "challenge:",
        "please confirm your message", "confirm your email to", "verify your email to", "your message to", "read:", "gelesen:", "lu :", "leído:", "已读",
    ];

    /// <summary>Whether an address is a mail system's own.</summary>
    public static bool IsDaemonAddress(string address)
    {
        var local = address[..Math.Max(0, address.LastIndexOf('@'))].ToLowerInvariant();
        return Array.IndexOf(DaemonNames, local) >= 0 || local.StartsWith("mailer-daemon", StringComparison.Ordinal) || local.StartsWith("postmaster", StringComparison.Ordinal);
    }

    /// <summary>Whether a mail system signs as the sender, or nobody does.</summary>
    public static bool IsFromDaemon(MimeHeaders headers)
    {
        var from = headers.First("From") ?? "";
        var address = Addresses.First(from);
        var lower = from.ToLowerInvariant();
        return IsNullPath(headers) || address is not null && IsDaemonAddress(address) || Array.Exists(DaemonTitles, title => lower.Contains(title, StringComparison.Ordinal))
            || address is null && (lower.Contains("daemon", StringComparison.Ordinal) || lower.Trim() is "<>");
    }

    /// <summary>Whether the envelope names nobody to answer (RFC 5321 4.5.5).</summary>
    private static bool IsNullPath(MimeHeaders headers) => headers.First("Return-Path")?.Replace(" ", "", StringComparison.Ordinal) is "<>";

    /// <summary>Whether nobody waits for an answer: RFC 3834, lists, bulk, machines.</summary>
    public static bool IsAutomatic(MimeHeaders headers)
    {
        if (IsFromDaemon(headers))
            return true;
        if (headers.First("Auto-Submitted") is { } submitted && !submitted.TrimStart().StartsWith("no", StringComparison.OrdinalIgnoreCase))
            return true;
        if (headers.First("Precedence")?.Trim().ToLowerInvariant() is "bulk" or "junk" or "list" or "auto_reply" or "auto-reply")
            return true;
        foreach (var (name, value) in headers)
        {
            if (name.StartsWith("List-", StringComparison.OrdinalIgnoreCase) || name.Equals("X-Autoreply", StringComparison.OrdinalIgnoreCase) || name.Equals("X-Autorespond", StringComparison.OrdinalIgnoreCase)
                || name.Equals("X-Autoresponder", StringComparison.OrdinalIgnoreCase) || name.Equals("X-Auto-Reply", StringComparison.OrdinalIgnoreCase) || name.Equals("X-Loop", StringComparison.OrdinalIgnoreCase)
                || name.Equals("X-Digest-Delivery", StringComparison.OrdinalIgnoreCase) || name.Equals("Feedback-ID", StringComparison.OrdinalIgnoreCase))
                return true;
            if (name.Equals("X-Auto-Response-Suppress", StringComparison.OrdinalIgnoreCase) && !value.Trim().Equals("none", StringComparison.OrdinalIgnoreCase))
                return true;
        }

        var local = Addresses.First(headers.First("From"))?.Split('@')[0].ToLowerInvariant() ?? "";
        return Array.Exists(NoReplyNames, name => name.StartsWith('-') ? local.EndsWith(name, StringComparison.Ordinal) : name[^1] is '-' or '+' ? local.StartsWith(name, StringComparison.Ordinal) : local == name);
    }

    /// <summary>Whether the subject is one that failures have, and no answer to one.</summary>
    public static bool IsFailureSubject(string subject)
    {
        var lower = subject.ToLowerInvariant().Replace('’', '\'');
        return !lower.StartsWith("re:", StringComparison.Ordinal) && !lower.StartsWith("aw:", StringComparison.Ordinal) && !lower.StartsWith("fw", StringComparison.Ordinal)
            && Array.Exists(FailureSubjects, mark => lower.Contains(mark, StringComparison.Ordinal));
    }

    /// <summary>Whether the text says that a mail did not arrive.</summary>
    public static bool SaysFailure(string text)
    {
        var lower = Plain(text);
        return Array.Exists(FailureWords, mark => lower.Contains(mark, StringComparison.Ordinal));
    }

    /// <summary>Whether a report says of itself that it gives up, not only that something went wrong.</summary>
    public static bool SaysFinal(string text)
    {
        var lower = Plain(text);
        return Array.Exists(FinalWords, mark => lower.Contains(mark, StringComparison.Ordinal));
    }

    /// <summary>Whether it says that the mail is only late.</summary>
    public static bool SaysDelay(string subject, string text)
    {
        var lower = Plain(subject + " " + text);
        return Array.Exists(DelayWords, mark => lower.Contains(mark, StringComparison.Ordinal))
            && !lower.Contains("given up", StringComparison.Ordinal) && !lower.Contains("permanent error", StringComparison.Ordinal) && !lower.Contains("delivery failed", StringComparison.Ordinal);
    }

    /// <summary>Whether the subject is an absence note's, a read receipt's or a challenge's.</summary>
    public static bool IsVacationSubject(string subject)
    {
        var lower = subject.Trim().ToLowerInvariant();
        return Array.Exists(VacationSubjects, mark => lower.StartsWith(mark, StringComparison.Ordinal)) || Array.Exists(VacationSubjects[..20], mark => lower.Contains(mark, StringComparison.Ordinal) && mark.Length > 10);
    }

    // In lower case, with single spaces and straight apostrophes.
    private static string Plain(string text) =>
        string.Join(' ', text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Replace('’', '\'');
}
