using DigestService.Mail;

namespace DigestService.Delivery;

/// <summary>Why a relay could not be used, as the log, <c>/readyz</c>, <c>/admin</c> and <c>doctor</c> tell it.</summary>
internal static class RelayWords
{
    private const string OfSeveral = " (Smtp__Relays__N__Tls where several relays are set)";

    /// <summary>What is wrong, and the setting that mends it where one does; null when the relay is ready.</summary>
    public static string? Fault(SmtpRelay relay, ConnectOutcome outcome)
    {
        var name = Relay.NameOf(relay.Host, relay.Port);
        var said = outcome.Detail ?? outcome.Reply?.ToString() ?? "it gave no reason";
        return outcome.Result switch
        {
            ConnectResult.Ready => null,
            ConnectResult.AuthenticationFailed => $"{name} refuses the account: {said}",
            ConnectResult.TlsFailed when outcome.SpeaksNoTls => $"{name} cannot be reached safely: {said} Set Smtp__Tls=StartTls{OfSeveral}",
            ConnectResult.TlsFailed => $"{name} cannot be reached safely: {said}",
            ConnectResult.Refused => $"{name} refuses the connection: {said}",
            ConnectResult.Unreachable when outcome.IsSilent && relay.Tls is not SmtpTls.Implicit =>
                $"{name} cannot be reached: {said} If the port speaks TLS from the start, as 465 does, set Smtp__Tls=Implicit{OfSeveral}",
            _ => $"{name} cannot be reached: {said}",
        };
    }
}
