using DigestService.Platform;
using Microsoft.Extensions.Configuration;

namespace DigestService.Tests.Platform;

/// <summary>Beside an installed service a verb that has none of its settings reports on no empty database of its own.</summary>
public sealed class InstalledServiceTests
{
    private readonly string _settings = Path.Combine(TestDirectory.Create("installed"), "settings.env");

    [Theory]
    [InlineData("Smtp:Host", "relay.test")]
    [InlineData("ConnectionStrings:Digest", "")]
    [InlineData("Data:Directory", " ")]
    public void Settings_that_name_neither_a_database_nor_a_data_directory_are_refused(string key, string value)
    {
        File.WriteAllText(_settings, "");

        Should.Throw<OperatorException>(() => InstalledService.RefuseOthers(Configuration(key, value), _settings))
            .Message.ShouldStartWith($"The service of this machine has its settings in {_settings}, and they are not set here: run /usr/local/bin/digest, ");
    }

    [Theory]
    [InlineData("ConnectionStrings:Digest", "Host=db.test")]
    [InlineData("Data:Directory", ".data")]
    public void Settings_that_name_one_are_taken(string key, string value)
    {
        File.WriteAllText(_settings, "");

        Should.NotThrow(() => InstalledService.RefuseOthers(Configuration(key, value), _settings));
    }

    [Fact]
    public void Where_no_service_is_installed_nothing_has_to_be_set() =>
        Should.NotThrow(() => InstalledService.RefuseOthers(Configuration("Smtp:Host", "relay.test"), _settings));

    private static IConfiguration Configuration(string key, string value) =>
        new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(key, (string?)value)]).Build();
}
