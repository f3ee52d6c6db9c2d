using System.ComponentModel.DataAnnotations;
using System.Globalization;
using DigestService.Mail;
using DigestService.Mail.Smtp;
using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>Section <c>Smtp</c>: one relay, or several under <c>Relays</c>.</summary>
public sealed class SmtpOptions : SmtpRelayOptions
{
    /// <summary>Several relays; each takes what it does not set itself from <see cref="SmtpRelayOptions"/>'s defaults.</summary>
    public List<SmtpRelayOptions> Relays { get; set; } = [];

    /// <summary>The relays to use: the list, else the one described directly.</summary>
    /// <exception cref="OperatorException">No relay is named at all.</exception>
    public IReadOnlyList<SmtpRelayOptions> ConfiguredRelays()
    {
        if (Relays.Count > 0)
            return Relays;
        return IsNamed ? [this] : throw new OperatorException("Set Smtp__Host to the SMTP relay that takes the mail.");
    }

    /// <inheritdoc/>
    public override IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var failure in base.Validate(validationContext))
            yield return failure;
        for (var i = 0; i < Relays.Count; i++)
        {
            var failures = new List<ValidationResult>();
            if (!Relays[i].IsNamed)
                failures.Add(new ValidationResult("name the relay's host.", [nameof(Host)]));
            foreach (var failure in SettingValues.Faults(Relays[i]).Concat(failures))
                yield return new ValidationResult(failure.ErrorMessage, [.. failure.MemberNames.Select(name => $"{nameof(Relays)}__{i}__{name}")]);
        }

        for (var i = 1; i < Relays.Count; i++)
        {
            var (host, port) = (Relays[i].Host, Relays[i].Port);
            if (Relays.FindIndex(relay => relay.Port == port && string.Equals(relay.Host, host, StringComparison.OrdinalIgnoreCase)) is var first && first < i && host is not null)
                yield return new ValidationResult(string.Create(CultureInfo.InvariantCulture, $"{Relay.NameOf(host, port)} is Smtp__Relays__{first} already: take one of the two out, and give the other the Connections and the Weight that both should have."), [$"{nameof(Relays)}__{i}__{nameof(Host)}"]);
        }

        if (Relays.Count > 0 && IsNamed)
            yield return new ValidationResult("name one relay here or several under Smtp__Relays, not both.", [nameof(Host)]);
    }
}

/// <summary>One relay and the limits it is to be treated with.</summary>
public class SmtpRelayOptions : IValidatableObject
{
    /// <summary>DNS name or address.</summary>
    public string? Host { get; set => field = value?.Trim(); }

    internal bool IsNamed => !string.IsNullOrWhiteSpace(Host);

    /// <summary>TCP port.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 25;

    /// <summary>Unset: none on loopback, implicit on port 465, STARTTLS anywhere else.</summary>
    public SmtpTls? Tls { get; set; }

    /// <summary>Account for AUTH; unset where the relay asks for none.</summary>
    public string? User { get; set; }

    /// <summary>Secret for AUTH.</summary>
    public string? Password { get; set; }

    /// <summary>OAuth 2 access token, sent by XOAUTH2 in place of a password.</summary>
    public string? AccessToken { get; set; }

    /// <summary>File with the access token, read at each login: tokens are renewed while the service runs.</summary>
    public string? AccessTokenFile { get; set; }

    /// <summary>Share of the mails beside other relays; 0: only while all others are out of order.</summary>
    [Range(0, 1000)]
    public int Weight { get; set; } = 1;

    /// <summary>Connections open at once, over each process.</summary>
    [Range(1, 200)]
    public int Connections { get; set; } = 4;

    /// <summary>Mails a second, over each process; 0: no limit but the one its answers ask for.</summary>
    [Range(0, 1_000_000)]
    public int MessagesPerSecond { get; set; }

    /// <summary>Longest time from MAIL FROM to the last byte before the final dot, however steadily the relay drips.</summary>
    [Range(1, 3600)]
    public int SendTimeoutSeconds { get; set; } = 300;

    /// <summary>Longest wait for the reply to the final dot; RFC 5321 4.5.3.2.6 asks for ten minutes.</summary>
    [Range(1, 3600)]
    public int AfterDotTimeoutSeconds { get; set; } = 600;

    /// <summary>The relay as a transport wants it. <paramref name="clientName"/> is what we say in EHLO.</summary>
    public SmtpRelay ToRelay(string clientName) => new()
    {
        Host = Host ?? throw new InvalidOperationException("A relay without a host."),
        Port = Port,
        Tls = Tls ?? UsualTls(),
        User = User,
        Password = Password,
        AccessToken = AccessToken,
        AccessTokenFile = AccessTokenFile,
        ClientName = clientName,
        SendTimeout = TimeSpan.FromSeconds(SendTimeoutSeconds),
        AfterDotTimeout = TimeSpan.FromSeconds(AfterDotTimeoutSeconds),
    };

    /// <inheritdoc/>
    public virtual IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SettingValues.HostFault(Host, nameof(Host)) is { } fault)
            yield return fault;
        if (AccessToken is not null && AccessTokenFile is not null)
            yield return new ValidationResult("give the access token itself or a file that holds it, not both.", [nameof(AccessTokenFile)]);
        if (AccessToken is null && AccessTokenFile is null)
            yield break;
        var name = AccessToken is null ? nameof(AccessTokenFile) : nameof(AccessToken);
        if (string.IsNullOrWhiteSpace(User))
            yield return new ValidationResult("an access token needs Smtp__User, the account it is for.", [name]);
        if (Password is not null)
            yield return new ValidationResult("give an access token or a password, not both.", [name]);
    }

    private SmtpTls UsualTls()
    {
        if (Port == 465)
            return SmtpTls.Implicit;
        return Loopback.Is(Host) ? SmtpTls.None : SmtpTls.StartTls;
    }
}
