using System.CommandLine;
using DigestService.Inbound.Handling;
using DigestService.Inbound.Ways;
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
        services.AddSingleton<MailedSignUps>();
        services.AddSingleton<WishCommands>();
        services.AddSingleton<PaperCommands>();
        services.AddSingleton<StartCommand>();
        services.AddSingleton<AnswerMailer>();
        services.AddSingleton<OwnAddresses>();
        services.AddSingleton<InboxReader>();
        services.AddSingleton<InboxHealth>();
        services.AddSingleton<SesMessages>();
    }

    /// <summary>Reads the mailbox as long as the process serves, where its roles and the settings say so.</summary>
    public static void AddInboundWorker(this IServiceCollection services, IConfiguration configuration, Roles roles)
    {
        if (roles.HasFlag(Roles.Inbound) && IsReadingMail(Settings.Bind<InboxOptions>(configuration, "Inbox")))
            services.AddHostedService<InboxWorker>();
    }

    /// <summary>Maps the webhooks.</summary>
    public static void MapInbound(this IEndpointRouteBuilder routes) => Webhooks.Map(routes);

    private static bool IsReadingMail(InboxOptions options) =>
        options.Kind != InboxKind.None || options.HasWebhook;

    /// <summary>The verb <c>inbound</c>.</summary>
    public static Command Verb() => InboundVerb.Create();
}
