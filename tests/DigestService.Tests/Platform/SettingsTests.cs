using DigestService.Delivery;
using DigestService.Platform;
using Microsoft.Extensions.Configuration;

namespace DigestService.Tests.Platform;

public sealed class SettingsTests
{
    private readonly string _directory = TestDirectory.Create("settings");

    [Theory]
    [InlineData("""{ "Smpt": { "Host": "relay" } }""", "Setting Smpt in ")]
    [InlineData("""{ "ConnectionStrings": { "Digets": "Host=x" } }""", "Setting ConnectionStrings__Digets in ")]
    [InlineData("""{ "Smtp": { "Host": """, "appsettings.json cannot be read")]
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
    [InlineData("Smpt__Host", "Smtp__Host")]
    [InlineData("Digests__MaxItems", "Digest__MaxItems")]
    [InlineData("Adm1n__Password", "Admin__Password")]
    [InlineData("SITES__NAME", "Site__NAME")]
    public void A_variable_one_slip_away_from_a_section_is_refused(string variable, string meant) =>
        Should.Throw<OperatorException>(() => Settings.RefuseMistyped(["PATH", variable])).Message.ShouldBe($"Setting {variable} is unknown; did you mean {meant}?");

    [Theory]
    [InlineData("Smtp__Host")]
    [InlineData("URLS")]
    [InlineData("npm_config__registry")]
    [InlineData("__CF_USER_TEXT_ENCODING")]
    [InlineData("DOTNET__X")]
    public void Variables_of_ours_and_of_others_pass(string variable) => Should.NotThrow(() => Settings.RefuseMistyped([variable]));

    [Theory]
    [InlineData("Smtp:Hots", "relay", "Setting Smtp__Hots is unknown; Smtp knows ")]
    [InlineData("Smtp:Port", "99999", "Setting Smtp__Port: ")]
    [InlineData("Smtp:Relays:0:Hots", "relay", "Setting Smtp__Relays__0__Hots is unknown")]
    public void A_wrong_value_is_told_by_its_key(string key, string value, string sentence)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(key, (string?)value)]).Build();

        Should.Throw<OperatorException>(() => Settings.Bind<SmtpOptions>(configuration, "Smtp")).Message.ShouldStartWith(sentence);
    }

    [Fact]
    public void Every_setting_is_in_docs_operations_md()
    {
        var document = File.ReadAllText(Path.Combine(Root(), "docs", "operations.md"));
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

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DigestService.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run inside a checkout.");
    }
}
