using DigestService.Delivery;
using DigestService.Mail;
using DigestService.Platform;
using Microsoft.Extensions.Configuration;

namespace DigestService.Tests.Delivery;

public sealed class SmtpOptionsTests
{
    [Fact]
    public void One_relay_is_described_directly()
    {
        var relay = Bind(("Host", "mail.example"), ("Port", "587")).ConfiguredRelays().ShouldHaveSingleItem();

        (relay.Host, relay.Port, relay.Connections).ShouldBe(("mail.example", 587, 4));
    }

    [Fact]
    public void Several_relays_have_their_own_limits()
    {
        var relays = Bind(("Relays:0:Host", "a.example"), ("Relays:0:Weight", "3"), ("Relays:1:Host", "b.example"), ("Relays:1:MessagesPerSecond", "5"))
            .ConfiguredRelays();

        relays.Select(relay => (relay.Host, relay.Weight, relay.MessagesPerSecond)).ShouldBe([("a.example", 3, 0), ("b.example", 1, 5)]);
    }

    [Theory]
    [InlineData("localhost", 25, SmtpTls.None)]
    [InlineData("127.0.0.1", 2525, SmtpTls.None)]
    [InlineData("mail.example", 25, SmtpTls.StartTls)]
    [InlineData("mail.example", 465, SmtpTls.Implicit)]
    public void Mail_leaves_the_machine_encrypted_unless_told_otherwise(string host, int port, SmtpTls tls)
    {
        new SmtpRelayOptions { Host = host, Port = port }.ToRelay("service.example").Tls.ShouldBe(tls);
    }

    [Theory]
    [InlineData("Smtp__Port", "Port=0")]
    [InlineData("Smtp__Hots", "Hots=mail.example")]
    [InlineData("Smtp__Relays__0__Connections", "Relays:0:Host=a.example", "Relays:0:Connections=0")]
    [InlineData("Smtp__Relays__0__Host", "Relays:0:Port=25")]
    [InlineData("Smtp__Host", "Host=a.example", "Relays:0:Host=b.example")]
    [InlineData("Smtp__AccessToken", "Host=a.example", "AccessToken=t")]
    [InlineData("Smtp__AccessTokenFile", "Host=a.example", "AccessTokenFile=/t")]
    [InlineData("Smtp__AccessToken", "Host=a.example", "User=u", "AccessToken=t", "Password=p")]
    [InlineData("Smtp__AccessTokenFile", "Host=a.example", "User=u", "AccessToken=t", "AccessTokenFile=/t")]
    [InlineData("Smtp__Relays__0__AccessToken", "Relays:0:Host=a.example", "Relays:0:AccessToken=t")]
    public void A_wrong_setting_is_named(string key, params string[] settings)
    {
        var bind = () => Bind([.. settings.Select(setting => setting.Split('=')).Select(pair => (pair[0], pair[1]))]);

        bind.ShouldThrow<OperatorException>().Message.ShouldContain($"Setting {key}");
    }

    [Fact]
    public void Sending_without_any_relay_says_what_to_set()
    {
        Should.Throw<OperatorException>(() => Bind().ConfiguredRelays()).Message.ShouldContain("Smtp__Host");
    }

    [Fact]
    public void An_access_token_stands_in_for_the_password()
    {
        var relay = Bind(("Host", "mail.example"), ("User", "digest"), ("AccessTokenFile", "/run/token")).ToRelay("service.example");

        (relay.User, relay.Password, relay.AccessToken, relay.AccessTokenFile).ShouldBe(("digest", null, null, "/run/token"));
    }

    private static SmtpOptions Bind(params (string Key, string Value)[] settings) => Settings.Bind<SmtpOptions>(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("Smtp:" + s.Key, (string?)s.Value))).Build(), "Smtp");
}
