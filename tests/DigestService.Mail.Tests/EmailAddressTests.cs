using System.Globalization;

namespace DigestService.Mail.Tests;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("ada@example.org")]
    [InlineData("ada.lovelace+papers@sub.example.org")]
    [InlineData("o'hara_9@example.co.uk")]
    [InlineData("!#$%&'*+-/=?^_`{|}~@example.org")]
    [InlineData("a@b.cd")]
    [InlineData("1@2go.example")]
    public void Ordinary_addresses_are_taken_as_they_are(string text)
    {
        EmailAddress.TryParse(text, out var address).ShouldBeTrue();

        address.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@example.org")]
    [InlineData("ada")]
    [InlineData("ada@")]
    [InlineData("ada@localhost")]
    [InlineData("ada@example.org.")]
    [InlineData("ada@.example.org")]
    [InlineData("ada@exa mple.org")]
    [InlineData("ada@-example.org")]
    [InlineData("ada@exa_mple.org")]
    [InlineData("ada@127.0.0.1")]
    [InlineData("ada@[127.0.0.1]")]
    [InlineData(".ada@example.org")]
    [InlineData("ada.@example.org")]
    [InlineData("a..da@example.org")]
    [InlineData("\"ada\"@example.org")]
    [InlineData("ada(comment)@example.org")]
    [InlineData("<ada@example.org>")]
    [InlineData("ada@example.org, bob@example.org")]
    [InlineData("ada@bob@example.org")]
    [InlineData("ada\r\nBcc:x@example.org")]
    [InlineData("ada\0@example.org")]
    [InlineData("ada@example.org\r\nDATA")]
    [InlineData("ada\u202E@example.org")]
    [InlineData("ada\uD800@example.org")]
    [InlineData("ada@exam\uD800ple.org")]
    public void What_nobody_can_be_mailed_at_is_refused(string? text) =>
        EmailAddress.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void Lengths_are_those_of_RFC_5321()
    {
        var label = new string('a', 63);
        EmailAddress.TryParse($"{new string('x', 64)}@example.org", out _).ShouldBeTrue();
        EmailAddress.TryParse($"{new string('x', 65)}@example.org", out _).ShouldBeFalse();
        EmailAddress.TryParse($"x@{label}.org", out _).ShouldBeTrue();
        EmailAddress.TryParse($"x@{label}a.org", out _).ShouldBeFalse();
        EmailAddress.TryParse($"{new string('x', 58)}@{label}.{label}.{label}.org", out _).ShouldBeTrue();
        EmailAddress.TryParse($"{new string('x', 60)}@{label}.{label}.{label}.org", out _).ShouldBeFalse();
    }

    [Fact]
    public void A_foreign_domain_is_written_in_ASCII()
    {
        EmailAddress.TryParse("ada@Bücher.Example", out var domain).ShouldBeTrue();
        EmailAddress.TryParse("дарья@почта.рф", out var local).ShouldBeTrue();

        domain.ToString().ShouldBe("ada@xn--bcher-kva.example");
        local.Domain.ShouldBe("xn--80a1acny.xn--p1ai");
    }

    [Fact]
    public void Two_spellings_of_one_address_have_one_key()
    {
        EmailAddress.TryParse(" Ada@Example.ORG ", out var upper).ShouldBeTrue();
        EmailAddress.TryParse("ada@example.org", out var lower).ShouldBeTrue();
        EmailAddress.TryParse("re\u0301sume\u0301@example.org", out var decomposed).ShouldBeTrue();
        EmailAddress.TryParse("r\u00E9sum\u00E9@example.org", out var composed).ShouldBeTrue();

        upper.Key.ShouldBe(lower.Key);
        upper.LocalPart.ShouldBe("Ada");
        decomposed.ShouldBe(composed);
    }

    [Fact]
    public void Keys_do_not_depend_on_the_language_of_the_machine()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("tr-TR");
            EmailAddress.TryParse("IDIL@EXAMPLE.ORG", out var address).ShouldBeTrue();

            address.Key.ShouldBe("idil@example.org");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("ada@bücher.example")]
    [InlineData("ada@BÜCHER.example")]
    [InlineData("ada@mail.bücher-7.example")]
    [InlineData("ada@例え.example")]
    [InlineData("ada@ひらがなと漢字.example")]
    [InlineData("ada@한국.example")]
    [InlineData("ada@почта.рф")]
    [InlineData("ada@ελλάδα.ελ")]
    [InlineData("ada@बिहार.example")]
    [InlineData("jürgen@bücher.example")]
    public void An_address_is_shown_in_its_own_letters(string written)
    {
        EmailAddress.TryParse(written, out var address).ShouldBeTrue();

        address.ToString().ShouldContain("xn--");
        EmailAddress.Readable(address.ToString()).ShouldBe(written.ToLowerInvariant());
    }

    [Theory]
    [InlineData("ada@аррӏе.example")] // Cyrillic beside a Latin label
    [InlineData("ada@pаypal.example")] // one Cyrillic letter
    [InlineData("ada@ελλάδα.example")]
    [InlineData("ada@bücherкн.example")]
    [InlineData("ada@例abc.example")]
    [InlineData("ada@☃.example")]
    [InlineData("ada@ᚠᚢ.example")]
    public void An_address_that_could_be_taken_for_another_stays_in_punycode(string written)
    {
        EmailAddress.TryParse(written, out var address).ShouldBeTrue();

        EmailAddress.Readable(address.ToString()).ShouldBe(address.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("no address")]
    [InlineData("ada@mail.example")]
    [InlineData("xn--bcher-kva@mail.example")]
    [InlineData("ada@xn--a.example")]
    [InlineData("ada@xn--.example")]
    [InlineData("ada@xn--99999999.example")]
    [InlineData("ada@xn--bcher-.example")]
    [InlineData("ada@XN--BCHER-KVA.example")]
    public void What_is_no_name_in_punycode_is_shown_as_it_is(string? text) => EmailAddress.Readable(text).ShouldBe(text);

    [Theory]
    [InlineData("ada", "ada")]
    [InlineData("", "")]
    [InlineData("jürgen@", "jürgen@")]
    [InlineData("bücher", "xn--bcher-kva")]
    [InlineData("@bücher.example", "@xn--bcher-kva.example")]
    [InlineData("a@b@bücher", "a@b@xn--bcher-kva")]
    [InlineData("ü b", "ü b")]
    [InlineData("@.ü", "@.ü")]
    public void A_part_of_an_address_is_sought_as_addresses_are_stored(string typed, string sought) => EmailAddress.PartAsStored(typed).ShouldBe(sought);

    [Theory]
    [InlineData("büch", "@xn--bcher-kva.example")]
    [InlineData("er.EX", "@xn--bcher-kva.example")]
    [InlineData("ada@bu\u0308", "ada@xn--bcher-kva.example")]
    [InlineData("@ücher", null)]
    [InlineData("müll", null)]
    public void A_part_of_a_domain_as_it_is_shown_is_sought_in_the_domains_that_show_it(string typed, string? sought) =>
        EmailAddress.PartsAsStored(typed, ["xn--bcher-kva.example", "xn--e1afmkfd.example"]).Skip(1).SingleOrDefault().ShouldBe(sought);
}
