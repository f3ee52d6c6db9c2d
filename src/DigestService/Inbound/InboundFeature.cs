using System.CommandLine;
using DigestService.Inbound.Handling;
using DigestService.Platform;

namespace DigestService.Inbound;

/// <summary>Mail that comes in: commands, answers, bounces and complaints.</summary>
internal static class InboundFeature
{
    /// <summary>Registers the feature's services.</summary>
    public static void AddInbound(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<InboxOptions>(configuration, "Inbox");
        services.AddSingleton<InboundStore>();
        services.AddSingleton<InboundHandler>();
        services.AddSingleton<PersonHandler>();
        services.AddSingleton<ReportApplier>();
        services.AddSingleton<CommandRunner>();
        services.AddSingleton<AnswerMailer>();
        services.AddSingleton<OwnAddresses>();
    }

    /// <summary>The verb <c>inbound</c>.</summary>
    public static Command Verb() => InboundVerb.Create();
}
