using DigestService.Admin.Keys;
using DigestService.Platform;

namespace DigestService.Admin;

/// <summary>The operator's pages under <c>/admin</c>.</summary>
internal static class AdminFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddAdmin(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<AdminOptions>(configuration, "Admin");
        services.AddSingleton<AdminSession>();
        services.AddSingleton<AdminOverview>();
        services.AddSingleton<HourlyCounts>();
        services.AddSingleton<RelayTable>();
        services.AddSingleton<TopicPages>();
        services.AddSingleton<PaperPages>();
        services.AddSingleton<OutboxSearch>();
        services.AddSingleton<OutboxActions>();
        services.AddSingleton<OutboxMails>();
        services.AddSingleton<ReaderPages>();
        services.AddSingleton(new TextRecords());
        services.AddSingleton<ServiceHealth>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<ApiKeyGate>();
        services.AddSingleton<Doctor>();
    }

    /// <summary>Maps the pages where a password is set; without one they do not exist.</summary>
    public static void MapAdmin(this WebApplication web)
    {
        OperatorPage.MapStyle(web);
        if (!string.IsNullOrEmpty(web.Services.GetRequiredService<AdminOptions>().Password))
            AdminPages.Map(web);
    }
}
