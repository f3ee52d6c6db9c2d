using DigestService.Delivery;
using DigestService.Platform;
using Microsoft.Extensions.Configuration;

namespace DigestService.Tests.Delivery;

public sealed class BounceAddressTests
{
    private static readonly MailOptions Options = new() { From = "news@service.example", BounceAddress = "bounces@service.example" };
    private readonly BounceAddress _addresses = new(Options, new LinkSigner(new byte[32]));

    [Theory]
    [InlineData("BounceAddress", 27, true)]
    [InlineData("BounceAddress", 28, false)]
    [InlineData("BounceAddress", 60, false)]
    [InlineData("From", 27, true)]
    [InlineData("From", 28, false)]
    public void An_address_without_room_for_the_tag_of_every_delivery_stops_the_start(string key, int octets, bool isTaken)
    {
        var address = new string('b', octets) + "@example.org";
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new($"Mail:{key}", address)]).Build();

        if (isTaken)
        {
            var bounces = new BounceAddress(Settings.Bind<MailOptions>(settings, "Mail"), new LinkSigner(new byte[32]));
            bounces.For(long.MaxValue).IndexOf('@').ShouldBeLessThanOrEqualTo(64);
        }
        else
        {
            Should.Throw<OperatorException>(() => Settings.Bind<MailOptions>(settings, "Mail")).Message.ShouldStartWith($"Setting Mail__{key}: ");
        }
    }

    [Fact]
    public void A_long_address_in_From_is_no_matter_where_bounces_return_elsewhere()
    {
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Mail:From", new string('f', 50) + "@example.org"), new("Mail:BounceAddress", "b@example.org")]).Build();

        Settings.Bind<MailOptions>(settings, "Mail").BounceAddress.ShouldBe("b@example.org");
    }

    [Fact]
    public void An_envelope_sender_names_its_delivery()
    {
        var address = _addresses.For(123456);

        address.ShouldStartWith("bounces+123456-");
        address.ShouldEndWith("@service.example");
        _addresses.TryRead(address.ToUpperInvariant(), out var id).ShouldBeTrue();
        id.ShouldBe(123456);
    }

    [Theory]
    [InlineData("prvs=1234abcdef=bounces+123456-{0}@service.example")]
    [InlineData("btv1==0123abc==bounces+123456-{0}@service.example")]
    [InlineData("msprvs1=20123abcd=BOUNCES+123456-{0}@service.example")]
    [InlineData("SRS0=ab12=XY=service.example=bounces+123456-{0}@relay.example")]
    [InlineData("SRS1=ab12=other.example==cd34=XY=service.example=bounces+123456-{0}@relay.example")]
    public void An_envelope_sender_that_a_relay_has_wrapped_names_its_delivery(string template)
    {
        var mac = _addresses.For(123456).Split('-', '@')[1];

        _addresses.TryRead(template.Replace("{0}", mac, StringComparison.Ordinal), out var id).ShouldBeTrue();
        id.ShouldBe(123456);
    }

    [Theory]
    [InlineData("prvs=1234abcdef=bounces+123457-{0}@service.example")]
    [InlineData("xbounces+123456-{0}@service.example")]
    [InlineData("bounces+123457-{0}@service.example")]
    [InlineData("bounces+123456-{0}@elsewhere.example")]
    [InlineData("bounces+123456-0000000000000000@service.example")]
    [InlineData("bounces+123456@service.example")]
    [InlineData("bounces+-123456-{0}@service.example")]
    [InlineData("bounces+@service.example")]
    [InlineData("@service.example")]
    [InlineData("")]
    public void A_forged_or_foreign_address_names_none(string template)
    {
        var mac = _addresses.For(123456).Split('-', '@')[1];

        _addresses.TryRead(template.Replace("{0}", mac, StringComparison.Ordinal), out _).ShouldBeFalse();
    }

    [Fact]
    public void Another_key_makes_another_address()
    {
        var others = new BounceAddress(Options, new LinkSigner([.. Enumerable.Repeat((byte)1, 32)]));

        others.TryRead(_addresses.For(5), out _).ShouldBeFalse();
    }

    [Fact]
    public void Bounces_return_to_the_sender_where_no_other_address_is_set()
    {
        new BounceAddress(new MailOptions { From = "news@service.example" }, new LinkSigner(new byte[32])).For(1)
            .ShouldStartWith("news+1-");
    }
}
