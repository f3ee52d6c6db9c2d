namespace DigestService.Platform;

/// <summary>
/// A machine where the service is installed with its settings in a file of its own. A verb that is run there without them would
/// find no database, found an empty one, and report on that.
/// </summary>
internal static class InstalledService
{
    /// <summary>Where deploy/systemd keeps the settings.</summary>
    public const string SettingsFile = "/etc/digest/settings.env";

    /// <summary>Refuses settings that name neither a database nor a data directory beside an installed service.</summary>
    /// <exception cref="OperatorException">They are such.</exception>
    public static void RefuseOthers(IConfiguration configuration, string settingsFile = SettingsFile)
    {
        if (File.Exists(settingsFile)
            && string.IsNullOrWhiteSpace(configuration.GetConnectionString("Digest"))
            && string.IsNullOrWhiteSpace(configuration["Data:Directory"]))
        {
            throw new OperatorException(
                $"The service of this machine has its settings in {settingsFile}, and they are not set here: run /usr/local/bin/digest, which reads them, "
                + "or set Data__Directory for a database apart from the service's.");
        }
    }
}
