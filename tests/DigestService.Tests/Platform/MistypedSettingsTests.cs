using DigestService.Platform;

namespace DigestService.Tests.Platform;

/// <summary>Variables that nearly name a setting: refused where they are surely ours, told where they may be another program's.</summary>
public sealed class MistypedSettingsTests
{
    [Theory]
    [InlineData("Smpt__Host", "Smtp__Host")]
    [InlineData("Digests__MaxItems", "Digest__MaxItems")]
    [InlineData("Adm1n__Password", "Admin__Password")]
    [InlineData("SITES__NAME", "Site__NAME")]
    [InlineData("ConnectionStrings__Digset", "ConnectionStrings__Digest")]
    [InlineData("ConnectionStrings__Digests", "ConnectionStrings__Digest")]
    [InlineData("CONNECTIONSTRINGS__DIGST", "ConnectionStrings__Digest")]
    [InlineData("ConnectionStrings__Digest_FIL", "ConnectionStrings__Digest_FILE")]
    [InlineData("ConnectionStrings__Digest_PATH", "ConnectionStrings__Digest_FILE")]
    [InlineData("ConnectionStrings__DigestFILE", "ConnectionStrings__Digest_FILE")]
    [InlineData("ConnectionString__Digest", "ConnectionStrings__Digest")]
    [InlineData("DIGEST_Site__BaseUrl", "Site__BaseUrl")]
    [InlineData("digest_smtp__host", "Smtp__host")]
    [InlineData("Urls__0", "Urls")]
    [InlineData("Logging__Fromat", "Logging__Format")]
    [InlineData("Logging__LogLevels__Default", "Logging__LogLevel__Default")]
    public void A_variable_that_has_the_form_of_a_setting_and_a_slip_in_it_is_refused(string variable, string meant) =>
        Should.Throw<OperatorException>(() => MistypedSettings.Refuse(["PATH", variable])).Message.ShouldBe($"Setting {variable} is unknown; did you mean {meant}?");

    [Theory]
    [InlineData("Smtp_Host", "Smtp__Host")]
    [InlineData("SMTP_HOST", "Smtp__Host")]
    [InlineData("SMTP_HOTS", "Smtp__Host")]
    [InlineData("SITE_BASE_URL", "Site__BaseUrl")]
    [InlineData("DIGEST_SITE_BASEURL", "Site__BaseUrl")]
    [InlineData("Digest_MaxItems", "Digest__MaxItems")]
    [InlineData("CONNECTIONSTRINGS_DIGEST", "ConnectionStrings__Digest")]
    [InlineData("Smtp_Password_FILE", "Smtp__Password_FILE")]
    [InlineData("SMTP_ACCESS_TOKEN_FILE", "Smtp__AccessTokenFile")]
    [InlineData("INBOX_IMAP_HOST", "Inbox__Imap__Host")]
    [InlineData("Url", "Urls")]
    public void A_variable_that_sounds_like_a_setting_is_told_and_left_alone(string variable, string meant)
    {
        Should.NotThrow(() => MistypedSettings.Refuse([variable]));
        MistypedSettings.Hints(["PATH", variable]).ShouldHaveSingleItem()
            .ShouldBe($"The environment variable {variable} is no setting of this program and is left alone; if it was meant for it, the setting is {meant}.");
        // Who has set the right one knows it, and the other is another program's.
        MistypedSettings.Hints([variable, meant.ToUpperInvariant()]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Smtp__Host")]
    [InlineData("Smtp__Password_FILE")]
    [InlineData("URLS")]
    [InlineData("ConnectionStrings__Digest")]
    [InlineData("connectionstrings__digest_file")]
    [InlineData("ConnectionStrings__DefaultConnection")]
    [InlineData("Logging__Console__FormatterName")]
    [InlineData("Logging__LogLevel__Default")]
    [InlineData("npm_config__registry")]
    [InlineData("__CF_USER_TEXT_ENCODING")]
    [InlineData("DOTNET__X")]
    [InlineData("ASPNETCORE_URLS")]
    [InlineData("DIGEST_FULL")]
    [InlineData("DIGEST_SETTINGS")]
    [InlineData("SITE_HOST")]
    [InlineData("DATA_DIR")]
    [InlineData("MAIL")]
    [InlineData("CURL_CA_BUNDLE")]
    [InlineData("SMTPD_HOST")]
    [InlineData("MAILCHECK")]
    public void Variables_of_ours_and_of_others_pass(string variable)
    {
        Should.NotThrow(() => MistypedSettings.Refuse([variable]));
        MistypedSettings.Hints([variable]).ShouldBeEmpty();
    }
}
