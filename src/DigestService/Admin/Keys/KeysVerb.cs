using System.CommandLine;
using DigestService.Platform;
using NodaTime.Text;

namespace DigestService.Admin.Keys;

/// <summary><c>keys add | list | revoke</c>: keys for programs that use the API.</summary>
internal static class KeysVerb
{
    /// <summary>The verb with its sub-verbs.</summary>
    public static Command Create() => new("keys", "Keys for programs that use the API.") { Add(), List(), Revoke() };

    private static Command Add()
    {
        var name = new Argument<string>("name") { Description = "Who uses it." };
        var scope = new Option<string>("--scope") { Description = "read: the public API with a quota of its own. operate: what is the operator's as well.", DefaultValueFactory = _ => "read" };
        scope.TakesOneOf("read", "operate");
        var days = VerbNumbers.Optional("--days", "After so many days it ends by itself.", least: 1, ApiKeys.MostDays);
        return new Command("add", "Make a key. It is shown this once.") { name, scope, days }.Does(
            async (verb, ct) =>
            {
                var made = await verb.Service<ApiKeys>().AddAsync(
                    verb.Parse.GetValue(name), verb.Parse.GetValue(scope) == "operate" ? KeyScope.Operate : KeyScope.Read, verb.Parse.GetValue(days), ct);
                if (made is not { Key: { } key, Secret: { } secret })
                    throw new OperatorException(made.Fault?.Sentence ?? "The key could not be made.") { IsWrongUsage = made.Fault?.Field == "name" };
                verb.Report(new { key.Id, key.Name, key.Scope, key.ExpiresAt, key = secret }, text =>
                {
                    text.WriteLine(secret);
                    text.WriteLine("Keep it now: it is not shown again.");
                });
                return 0;
            },
            Verb.NowOption());
    }

    private static Command List() => new Command("list", "The keys, and when each was used last.").Does(async (verb, ct) =>
    {
        var keys = await verb.Service<ApiKeys>().ListAsync(ct);
        verb.Report(new { keys }, text =>
        {
            foreach (var key in keys)
                text.WriteLine($"{key.Id,6}  {key.Scope,-7}  {StateOf(key, verb.Clock.GetCurrentInstant()),-20}  {UseOf(key),-24}  {key.Name}");
        });
        return 0;
    });

    private static Command Revoke()
    {
        var id = VerbNumbers.Id("id", "Its number; 'keys list' shows it.");
        return new Command("revoke", "End a key, at once.") { id }.Does(async (verb, ct) =>
        {
            var number = verb.Parse.GetValue(id);
            if (!await verb.Service<ApiKeys>().RevokeAsync(number, ct))
                throw new OperatorException($"There is no key {number} that works; 'digest keys list' shows those there are.");
            verb.Report(new { revoked = number }, $"Key {number} is revoked.");
            return 0;
        });
    }

    /// <summary>How a key stands, in words.</summary>
    public static string StateOf(ApiKey key, NodaTime.Instant now) => key switch
    {
        { RevokedAt: { } revoked } => $"revoked {Day(revoked)}",
        { ExpiresAt: { } expires } when expires <= now => $"expired {Day(expires)}",
        { ExpiresAt: { } expires } => $"until {Day(expires)}",
        _ => "until it is revoked",
    };

    /// <summary>When and by what a key was used last, in words.</summary>
    public static string UseOf(ApiKey key) => key.LastUsedOn is { } day ? $"{LocalDatePattern.Iso.Format(day)} {key.LastUsedBy}".TrimEnd() : "never used";

    private static string Day(NodaTime.Instant moment) => LocalDatePattern.Iso.Format(moment.InUtc().Date);
}
