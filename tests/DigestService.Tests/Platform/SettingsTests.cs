using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Tests.Shared;
using Microsoft.Extensions.Configuration;

namespace DigestService.Tests.Platform;

public sealed class SettingsTests
{
    private readonly string _directory = TestDirectory.Create("settings");

    [Theory]
    [InlineData("""{ "Smpt": { "Host": "relay" } }""", "Setting Smpt in ")]
    [InlineData("""{ "ConnectionStrings": { "Digets": "Host=x" } }""", "Setting ConnectionStrings__Digets in ")]
    [InlineData("""{ "Smtp": { "Host": """, "appsettings.json cannot be read: it is no JSON from line 1 on; correct it there.")]
    [InlineData("{\n \"Smtp\": { \"Port\": 25, } }\n]", "appsettings.json cannot be read: it is no JSON from line 3 on; correct it there.")]
    [InlineData("", "appsettings.json cannot be read: it is no JSON from line 1 on; correct it there.")]
    public void A_file_with_an_unknown_or_unreadable_setting_stops_the_start(string content, string sentence)
    {
        File.WriteAllText(Path.Combine(_directory, "appsettings.json"), content);

        Should.Throw<OperatorException>(() => Settings.Load(_directory)).Message.ShouldContain(sentence);
    }

    [Fact]
    public void A_file_with_known_settings_is_read()
    {
        File.WriteAllText(Path.Combine(_directory, "appsettings.json"), """{ "smtp": { "Host": "relay.example" } }""");

        Settings.Bind<SmtpOptions>(Settings.Load(_directory), "Smtp").Host.ShouldBe("relay.example");
    }

    [Theory]
    [InlineData("Smtp:Hots", "relay", "Setting Smtp__Hots is unknown; Smtp knows ")]
    [InlineData("Smtp:Port", "99999", "Setting Smtp__Port: ")]
    [InlineData("Smtp:Relays:0:Hots", "relay", "Setting Smtp__Relays__0__Hots is unknown; Smtp__Relays__0 knows ")]
    public void A_wrong_value_is_told_by_its_key(string key, string value, string sentence)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(key, (string?)value)]).Build();

        Should.Throw<OperatorException>(() => Settings.Bind<SmtpOptions>(configuration, "Smtp")).Message.ShouldStartWith(sentence);
    }

    [Theory]
    [InlineData("Smtp:Tls", "Maybe", "Setting Smtp__Tls: 'Maybe' is none of None, StartTls, Implicit.")]
    [InlineData("Smtp:Tls", "7", "Setting Smtp__Tls: '7' is none of None, StartTls, Implicit.")]
    [InlineData("Smtp:Tls", "None, StartTls", "Setting Smtp__Tls: 'None, StartTls' is none of None, StartTls, Implicit.")]
    [InlineData("Smtp:Port", "smtp", "Setting Smtp__Port: 'smtp' is no whole number.")]
    [InlineData("Smtp:Port", "25.0", "Setting Smtp__Port: '25.0' is no whole number.")]
    [InlineData("Smtp:Port", "9999999999", "Setting Smtp__Port: '9999999999' is no whole number.")]
    [InlineData("Smtp:Port", "0", "Setting Smtp__Port: 0 is not from 1 to 65535.")]
    [InlineData("Smtp:Relays:0:Port", "0", "Setting Smtp__Relays__0__Port: 0 is not from 1 to 65535.")]
    [InlineData("Smtp:Relays:0:Tls", "ssl", "Setting Smtp__Relays__0__Tls: 'ssl' is none of None, StartTls, Implicit.")]
    [InlineData("Smtp:Relays", "relay.example", "Setting Smtp__Relays is a list: set Smtp__Relays__0 and so on.")]
    [InlineData("Smtp:Host:Name", "relay.example", "Setting Smtp__Host__Name is unknown; Smtp__Host is a single value.")]
    [InlineData("Smtp", "relay.example", "Setting Smtp is a section; it knows ")]
    public void A_value_that_cannot_be_read_is_told_in_plain_words(string key, string value, string sentence) =>
        Refusal<SmtpOptions>("Smtp", key, value).ShouldStartWith(sentence);

    [Theory]
    [InlineData("Digest:WaitForSources", "soon", "Setting Digest__WaitForSources: 'soon' is no length of time such as 02:00 (hours and minutes) or 3.00:00 (days before).")]
    [InlineData("Digest:WaitForSources", "2", "Setting Digest__WaitForSources: '2' is no length of time such as ")]
    [InlineData("Digest:WaitForSources", "25:00", "Setting Digest__WaitForSources: '25:00' is no length of time such as ")]
    [InlineData("Digest:WaitForSources", "13:00", "Setting Digest__WaitForSources: must be between 00:00 and 12:00.")]
    [InlineData("Digest:MaxItems", "ten", "Setting Digest__MaxItems: 'ten' is no whole number.")]
    [InlineData("Digest:MinimumScore", "0,5", "Setting Digest__MinimumScore: '0,5' is no number such as 0.5.")]
    [InlineData("Digest:MinimumScore", "NaN", "Setting Digest__MinimumScore: 'NaN' is no number such as 0.5.")]
    [InlineData("Digest:MinimumScore", "1.5", "Setting Digest__MinimumScore: 1.5 is not from 0 to 1.")]
    [InlineData("Digest:EmptyDay", "never", "Setting Digest__EmptyDay: 'never' is none of Skip, Trending, Note.")]
    public void A_time_or_a_number_that_cannot_be_read_is_told_in_plain_words(string key, string value, string sentence) =>
        Refusal<DigestService.Digests.DigestOptions>("Digest", key, value).ShouldStartWith(sentence);

    [Theory]
    [InlineData("Sources:Arxiv:Enabled", "yes", "Setting Sources__Arxiv__Enabled: 'yes' is neither true nor false.")]
    [InlineData("Sources:Arxiv:Categories", "cs.CL", "Setting Sources__Arxiv__Categories is a list: set Sources__Arxiv__Categories__0 and so on.")]
    [InlineData("Sources:Http:TimeoutSeconds", "Infinity", "Setting Sources__Http__TimeoutSeconds: 'Infinity' is no number such as 0.5.")]
    [InlineData("Sources:Http:TimeoutSeconds", "0", "Setting Sources__Http__TimeoutSeconds: 0 is not from 0.1 to 86400.")]
    [InlineData("Sources:Http:MaxMegabytes", "65", "Setting Sources__Http__MaxMegabytes: 65 is not from 1 to 64.")]
    [InlineData("Sources:Http:Retries", "-1", "Setting Sources__Http__Retries: -1 is not from 0 to 100.")]
    [InlineData("Sources:Arxiv:SpacingSeconds", "-1", "Setting Sources__Arxiv__SpacingSeconds: -1 is not from 0 to 3600.")]
    [InlineData("Sources:HuggingFace:PollDays", "31", "Setting Sources__HuggingFace__PollDays: 31 is not from 1 to 30.")]
    public void A_flag_or_a_list_that_cannot_be_read_is_told_in_plain_words(string key, string value, string sentence) =>
        Refusal<DigestService.Sources.SourcesOptions>("Sources", key, value).ShouldStartWith(sentence);

    [Theory]
    [InlineData("Imap:Port", "70000", "Imap__Port: 70000 is not from 1 to 65535.")]
    [InlineData("Webhooks:SendGrid:PublicKey", "AAAA", "Webhooks__SendGrid__PublicKey: it is no key as SendGrid shows it: base64 on one line, without the lines of a PEM file.")]
    [InlineData("Webhooks:SendGrid:PublicKey", "-----BEGIN PUBLIC KEY-----", "Webhooks__SendGrid__PublicKey: it is no key")]
    [InlineData("Webhooks:Postmark:Credentials", "secret", "Webhooks__Postmark__Credentials: it is written user:password, as in the URL that Postmark is given.")]
    [InlineData("Webhooks:Ses:CertificateFile", "/no/such.pem", "Webhooks__Ses__CertificateFile: the file /no/such.pem does not exist; put the certificate there, or correct the setting.")]
    [InlineData("Webhooks:Ses:CertificateFile", "/", "Webhooks__Ses__CertificateFile: / is a folder; name the file in it.")]
    [InlineData("Webhooks:Ses:CertificateFile", "/dev/null", "Webhooks__Ses__CertificateFile: the file /dev/null holds no certificate in PEM.")]
    [InlineData("Webhooks:Ses:TopicArn", "digest", "Webhooks__Ses__TopicArn: 'digest' is no topic such as arn:aws:sns:eu-west-1:123456789012:digest.")]
    public void What_no_mail_could_come_in_with_is_refused_by_its_name(string key, string value, string sentence) =>
        Refusal<DigestService.Inbound.InboxOptions>("Inbox", $"Inbox:{key}", value).ShouldStartWith($"Setting Inbox__{sentence}");

    [Fact]
    public void A_short_password_and_a_wrong_address_are_told_in_plain_words()
    {
        Refusal<DigestService.Admin.AdminOptions>("Admin", "Admin:Password", "short").ShouldBe("Setting Admin__Password: it must have at least 8 characters.");
        Refusal<MailOptions>("Mail", "Mail:From", "digest").ShouldBe("Setting Mail__From: 'digest' is no e-mail address.");
    }

    [Theory]
    [InlineData("Digest <a@b.test>", "'Digest <a@b.test>' holds more than an address: write a@b.test alone, and the name in Mail__FromName.")]
    [InlineData("<a@b.test>", "'<a@b.test>' holds more than an address: write a@b.test alone, and the name in Mail__FromName.")]
    [InlineData("\"A. B.\" <a@b.test>", "'\"A. B.\" <a@b.test>' holds more than an address: write a@b.test alone, and the name in Mail__FromName.")]
    [InlineData("a@b.test (Digest)", "'a@b.test (Digest)' is no e-mail address.")]
    [InlineData("a b@c.test", "'a b@c.test' is no e-mail address.")]
    public void A_name_beside_an_address_is_told_where_it_belongs(string address, string sentence)
    {
        foreach (var key in (string[])["From", "BounceAddress", "OperatorAddress", "CommandAddress"])
            Refusal<MailOptions>("Mail", $"Mail:{key}", address).ShouldBe($"Setting Mail__{key}: {sentence}");
    }

    [Theory]
    [InlineData("root@localhost")]
    [InlineData("operator@server")]
    [InlineData("operator@mail.example.")]
    [InlineData("operator.@mail.example")]
    [InlineData("operator@192.0.2.1")]
    public void An_operators_address_that_no_mail_could_be_written_to_is_refused(string address) =>
        Refusal<MailOptions>("Mail", "Mail:OperatorAddress", address)
            .ShouldBe($"Setting Mail__OperatorAddress: no mail can go to '{address}': write an address with the whole name of its domain, such as operator@example.org.");

    [Theory]
    [InlineData("a@b.test")]
    [InlineData("digest@localhost")]
    [InlineData("o'neil+tag@münchen.test")]
    public void An_address_alone_is_taken(string address) => Settings.Bind<MailOptions>(Configuration(("Mail:From", address)), "Mail").From.ShouldBe(address);

    [Theory]
    [InlineData("Smtp", "Setting Smtp__User: the account needs Smtp__Password or Smtp__AccessToken or Smtp__AccessTokenFile as well.")]
    [InlineData("Smtp:Relays:0", "Setting Smtp__Relays__0__User: the account needs Smtp__Relays__0__Password or Smtp__Relays__0__AccessToken or Smtp__Relays__0__AccessTokenFile as well.")]
    public void An_account_of_a_relay_without_its_secret_is_refused(string path, string sentence)
    {
        var host = ($"{path}:Host", (string?)"relay.test");

        Refusal<SmtpOptions>("Smtp", host, ($"{path}:User", "digest")).ShouldBe(sentence);
        Refusal<SmtpOptions>("Smtp", host, ($"{path}:User", "digest"), ($"{path}:Password", " ")).ShouldBe(sentence);
        Should.NotThrow(() => Settings.Bind<SmtpOptions>(Configuration(host, ($"{path}:User", "digest"), ($"{path}:AccessTokenFile", "/token")), "Smtp"));
    }

    [Fact]
    public void One_relay_listed_twice_is_refused_and_two_ports_of_a_host_are_two_relays()
    {
        Refusal<SmtpOptions>("Smtp", ("Smtp:Relays:0:Host", "a.test"), ("Smtp:Relays:1:Host", "b.test"), ("Smtp:Relays:2:Host", "A.test ")).ShouldBe(
            "Setting Smtp__Relays__2__Host: A.test:25 is Smtp__Relays__0 already: take one of the two out, and give the other the Connections and the Weight that both should have.");
        Should.NotThrow(() => Settings.Bind<SmtpOptions>(Configuration(("Smtp:Relays:0:Host", "a.test"), ("Smtp:Relays:1:Host", "a.test"), ("Smtp:Relays:1:Port", "587")), "Smtp"));
    }

    [Fact]
    public void A_host_with_blanks_around_it_is_that_host()
    {
        Settings.Bind<SmtpOptions>(Configuration(("Smtp:Host", " a.test\r")), "Smtp").Host.ShouldBe("a.test");
        Settings.Bind<DigestService.Inbound.InboxOptions>(Configuration(("Inbox:Imap:Host", "a.test ")), "Inbox").Imap.Host.ShouldBe("a.test");
    }

    [Theory]
    [InlineData("127.0.0.1:25")]
    [InlineData("mail.b.test:587")]
    [InlineData("smtp://mail.b.test")]
    [InlineData("http://mail.b.test/")]
    [InlineData("mail b.test")]
    [InlineData("digest@mail.b.test")]
    public void A_host_with_more_than_its_name_is_refused(string host)
    {
        var words = $"'{host}' is no host: write its name or address alone, such as mail.example.org, and the port in the setting beside it.";

        Refusal<SmtpOptions>("Smtp", ("Smtp:Host", host)).ShouldBe($"Setting Smtp__Host: {words}");
        Refusal<SmtpOptions>("Smtp", ("Smtp:Relays:0:Host", host)).ShouldBe($"Setting Smtp__Relays__0__Host: {words}");
        Refusal<DigestService.Inbound.InboxOptions>("Inbox", ("Inbox:Imap:Host", host)).ShouldBe($"Setting Inbox__Imap__Host: {words}");
    }

    [Theory]
    [InlineData("mail.b.test")]
    [InlineData("mail.b.test.")]
    [InlineData("localhost")]
    [InlineData("mail_relay")]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::25")]
    [InlineData("[2001:db8::25]")]
    [InlineData("münchen.test")]
    [InlineData(" mail.b.test ")]
    public void A_host_by_name_or_address_is_taken(string host) => Settings.Bind<SmtpOptions>(Configuration(("Smtp:Host", host)), "Smtp").Host.ShouldBe(host.Trim());

    [Fact]
    public void An_account_of_a_mailbox_without_its_password_is_refused() =>
        Refusal<DigestService.Inbound.InboxOptions>("Inbox", ("Inbox:Kind", "Imap"), ("Inbox:Imap:Host", "imap.test"), ("Inbox:Imap:User", "digest"))
            .ShouldBe("Setting Inbox__Imap__User: the account needs Inbox__Imap__Password as well.");

    [Fact]
    public void Every_rule_of_every_setting_has_a_sentence_of_ours()
    {
        foreach (var type in typeof(Settings).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal)))
        {
            foreach (var rule in type.GetProperties().SelectMany(property => property.GetCustomAttributes(inherit: true)).OfType<System.ComponentModel.DataAnnotations.ValidationAttribute>())
                SettingValues.Sentence(rule, "value").ShouldNotContain("field");
        }
    }

    [Theory]
    [InlineData("Smtp:Host")]
    [InlineData("Smtp:Port")]
    [InlineData("Smtp:Tls")]
    [InlineData("Smtp:User")]
    [InlineData("Smtp:Connections")]
    public void An_empty_setting_is_unset(string key)
    {
        foreach (var empty in (string[])["", "  "])
        {
            var options = Settings.Bind<SmtpOptions>(Configuration((key, empty)), "Smtp");

            (options.Host, options.Port, options.Tls, options.User, options.Connections).ShouldBe((null, 25, null, null, 4));
        }
    }

    [Fact]
    public void A_file_named_in_appsettings_json_holds_the_value_of_its_key()
    {
        var secret = Path.Combine(_directory, "secret");
        File.WriteAllText(secret, "hush hush\n");
        File.WriteAllText(Path.Combine(_directory, "appsettings.json"), $$"""{ "Smtp": { "Host": "", "Password_FILE": "{{secret}}" } }""");

        var options = Settings.Bind<SmtpOptions>(Settings.Load(_directory), "Smtp");

        (options.Host, options.Password).ShouldBe((null, "hush hush"));
    }

    [Theory]
    [InlineData("", "is empty.")]
    [InlineData("\n", "is empty.")]
    [InlineData(null, "does not exist; make it, or correct the setting.")]
    public void A_named_file_without_a_value_is_an_error(string? content, string sentence)
    {
        var secret = Path.Combine(_directory, "secret");
        if (content is not null)
            File.WriteAllText(secret, content);

        Should.Throw<OperatorException>(() => SettingSources.Read(Configuration(("Smtp:Password_FILE", secret))))
            .Message.ShouldBe($"Setting Smtp__Password_FILE: the file {secret} {sentence}");
    }

    [Fact]
    public void A_folder_named_in_place_of_a_file_is_told() =>
        Should.Throw<OperatorException>(() => SettingSources.Read(Configuration(("Smtp:Password_FILE", _directory))))
            .Message.ShouldBe($"Setting Smtp__Password_FILE: {_directory} is a folder; name the file in it.");

    [Fact]
    public void A_file_that_the_account_may_not_read_is_told_with_the_account() =>
        FileWords.WhyUnreadable("/etc/secret", new UnauthorizedAccessException(), "make it.").ShouldBe($"the account '{Environment.UserName}' has no right to read /etc/secret; give it that.");

    [Fact]
    public void Files_named_by_strangers_are_none_of_ours() =>
        SettingSources.Read(Configuration(("Vendor:Thing_FILE", "/nowhere"), ("SSL_CERT_FILE", "/nowhere"), ("Smtp:Password_FILE", ""))).ShouldBeEmpty();

    [Theory]
    [InlineData("""{ "Urls": ["http://127.0.0.1:8080"] }""", "Setting Urls: it is no list; ")]
    [InlineData("""{ "Urls": "8080" }""", "Setting Urls: '8080' is no address to listen on")]
    [InlineData("""{ "Urls": "https://0.0.0.0:443" }""", "Setting Urls: 'https://0.0.0.0:443' is no address to listen on")]
    [InlineData("""{ "Urls": "http://127.0.0.1:99999" }""", "Setting Urls: 'http://127.0.0.1:99999' is no address to listen on")]
    [InlineData("""{ "Logging": { "LogLevel": { "Default": "Loud" } } }""", "Setting Logging__LogLevel__Default: 'Loud' is none of Trace, ")]
    public void What_the_host_would_refuse_is_refused_by_its_key(string content, string sentence)
    {
        File.WriteAllText(Path.Combine(_directory, "appsettings.json"), content);

        Should.Throw<OperatorException>(() => Settings.Load(_directory)).Message.ShouldStartWith(sentence);
    }

    [Fact]
    public void A_data_directory_that_takes_no_file_is_told_by_its_key()
    {
        var file = Path.Combine(_directory, "file");
        File.WriteAllText(file, "");

        Should.Throw<OperatorException>(() => new DataOptions { Directory = file }.Prepare()).Message.ShouldStartWith("Setting Data__Directory: nothing can be written in ");
    }

    [Fact]
    public void A_data_directory_that_takes_no_file_is_told_in_the_same_words_each_time()
    {
        var options = new DataOptions { Directory = "/proc/self" };

        options.FindFault().ShouldNotBeNull().ShouldNotContain(".write-");
        options.FindFault().ShouldBe(options.FindFault());
    }

    [Fact]
    public void A_setting_is_wrong_unless_what_stands_in_its_way_may_pass()
    {
        var closed = new IOException("no rights", new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.AccessDenied));
        foreach (var cause in (Exception?[])[null, new FileNotFoundException(), new UnauthorizedAccessException("no", new IOException("Permission denied")), new FormatException(), closed])
            new OperatorException("Setting Smtp__Host: it is wrong.", cause).IsWrongSetting.ShouldBeTrue();
        var taken = new IOException("in use", new InvalidOperationException("in use", new System.Net.Sockets.SocketException()));
        foreach (var cause in (Exception[])[new IOException("No space left on device"), taken, new AggregateException(taken)])
            new OperatorException("Setting Urls: it is taken.", cause).IsWrongSetting.ShouldBeFalse();
        new OperatorException("The database is away.").IsWrongSetting.ShouldBeFalse();
    }

    [Fact]
    public void Every_setting_is_in_docs_operations_md()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));
        var classes = typeof(Settings).Assembly.GetTypes()
            .Where(type => type is { IsPublic: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal))
            .Where(type => Settings.Sections.Contains(type.Name[..^"Options".Length], StringComparer.Ordinal))
            .ToList();

        classes.Count.ShouldBeGreaterThan(6);
        foreach (var type in classes)
        {
            foreach (var property in type.GetProperties().Where(property => property.CanWrite))
                document.ShouldContain($"`{type.Name[..^"Options".Length]}__{property.Name}", customMessage: $"{type.Name}.{property.Name} is not documented");
        }
    }

    private static IConfiguration Configuration(params IEnumerable<(string Key, string? Value)> settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))).Build();

    private static string Refusal<T>(string section, string key, string value)
        where T : class, new() => Refusal<T>(section, (key, value));

    private static string Refusal<T>(string section, params (string Key, string? Value)[] settings)
        where T : class, new() => Should.Throw<OperatorException>(() => Settings.Bind<T>(Configuration(settings), section)).Message;
}
