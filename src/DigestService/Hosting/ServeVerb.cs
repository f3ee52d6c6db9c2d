using System.CommandLine;
using DigestService.Platform;
using NodaTime;

namespace DigestService.Hosting;

/// <summary><c>serve</c>: everything, or the roles named, until stopped.</summary>
internal static class ServeVerb
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var roles = new Option<Roles>("--roles")
        {
            HelpName = "roles",
            Description = "Play only some parts: web, plan, send, inbound, ingest, joined by commas.",
            DefaultValueFactory = _ => Roles.All,
            CustomParser = result =>
            {
                var picked = Roles.None;
                var names = result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToList();
                if (names.Count == 0)
                    result.AddError("--roles: name at least one of web, plan, send, inbound, ingest, or leave it out for all.");
                foreach (var name in names)
                {
                    if (name.All(char.IsAsciiLetter) && Enum.TryParse<Roles>(name, ignoreCase: true, out var role) && role is not Roles.None)
                        picked |= role;
                    else
                        result.AddError($"--roles: '{name}' is none of web, plan, send, inbound, ingest.");
                }

                return picked;
            },
        };
        var command = new Command("serve", "Run the service: pages, scheduler, sender and mailbox.") { roles };
        command.SetAction((parse, ct) => Verb.RunGuardedAsync(parse, async () =>
        {
            await using var host = await ServeHost.StartAsync(
                Settings.Load(), Verb.SystemClock(), parse.GetValue(roles), ct, parse.GetValue(Verb.Verbose));
            await Console.Error.WriteLineAsync(host.Urls.Count == 0
                ? "Serving; Ctrl-C stops."
                : $"Serving on {string.Join(", ", host.Urls)}; Ctrl-C stops.");
            return await host.RunAsync(ct, StopSignals.Impatience);
        }));
        return command;
    }
}
