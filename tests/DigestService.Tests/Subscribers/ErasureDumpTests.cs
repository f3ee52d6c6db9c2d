using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Tests.Digests;
using DigestService.Tests.Inbound;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Subscribers;

/// <summary>An erased address stands nowhere in a dump of the database, in no encoding that is stored there.</summary>
public sealed partial class ErasureDumpTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Local = "quill.zyx";
    private const string Address = $"{Local}@reader.example";

    [Fact]
    public async Task After_an_erasure_a_dump_holds_the_hash_alone()
    {
        await using var relay = ScriptedSmtpServer.Start(answers: step => step.Point == SmtpPoint.Rcpt && step.Recipient == Address
            ? SmtpAnswer.Reply($"550 5.1.1 <{Address}>: no such user {Local}")
            : null);
        var bed = await InboundTestBed.OpenAsync(apps, relay.Settings);
        await FillAsync(bed);
        EmailAddress.TryParse(Address, out var address).ShouldBeTrue();
        var hash = Convert.ToHexStringLower(bed.Digests.Service<LinkSigner>().HashAddress(address.Key));
        var before = await File.ReadAllTextAsync(await PostgresTools.DumpAsync(bed.Digests.Database, "plain"));
        foreach (var table in (string[])["subscribers", "deliveries", "inbound_messages", "bounces", "address_changes"])
            Finds(Table(before, table)).ShouldNotBeEmpty($"{table} holds the address before");

        (await bed.Digests.Service<Erasure>().EraseAsync(address, default)).ShouldBeTrue();

        var after = await File.ReadAllTextAsync(await PostgresTools.DumpAsync(bed.Digests.Database, "plain"));
        Finds(after).ShouldBeEmpty();
        Table(after, "suppressions").ShouldContain(hash);
        Table(after, "inbound_messages").ShouldContain("stranger", customMessage: "what names nobody erased stays");
    }

    /// <summary>A digest that bounced, letters from and about the reader, and somebody who wants to move to their address.</summary>
    private static async Task FillAsync(InboundTestBed bed)
    {
        await bed.DigestedAsync(Address);
        await bed.Digests.Database.ExecuteAsync("""update subscribers set consent = '{"how": "web", "user_agent": "Lynx"}'""", null, default);
        await bed.Digests.AddOwnQueryAsync(await bed.Digests.Database.QuerySingleOrDefaultAsync<long>("select id from subscribers", null, default), "queries of quills");
        await bed.Digests.RunAsync(DigestTestBed.Hour);
        await bed.WriteAsync(Address, "A question", "Could you tell me more about this paper?");
        await bed.WriteAsync("colleague@uni.example", "Please", $"Do write to {Address.ToUpperInvariant()} as well.");
        await bed.WriteAsync("stranger@uni.example", "A stranger's letter", "This names nobody.");
        await bed.TakeAsync($"From: relay@mx.example\r\nTo: nobody@papers.example\r\nSubject: Returned\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + Convert.ToBase64String(Encoding.UTF8.GetBytes($"We could not deliver your mail to {Address} for five days."), Base64FormattingOptions.InsertLineBreaks));
        await bed.TakeAsync($"From: relay@mx.example\r\nTo: nobody@papers.example\r\nSubject: =?utf-8?Q?About_{Local.Replace(".", "=2E", StringComparison.Ordinal)}=40reader.example?=\r\n\r\nNothing.\r\n");
        var other = await bed.Digests.AddReaderAsync("other@uni.example", "robots");
        await bed.Digests.Service<AddressChange>().AskAsync(other, Parse(Address), default);
        (await bed.ValueAsync("select count(*)::text from address_changes")).ShouldBe("1");
    }

    private static EmailAddress Parse(string text) => EmailAddress.TryParse(text, out var address) ? address : throw new InvalidOperationException(text);

    private static string Table(string dump, string table)
    {
        var found = Regex.Matches(dump, $@"^COPY public\.{table}(?:_\d+)? .*?^\\\.$", RegexOptions.Multiline | RegexOptions.Singleline);
        return string.Concat(found.Select(match => match.Value));
    }

    /// <summary>The lines that hold the local part, as it is or in hexadecimal, and within that in an encoding of mails or links.</summary>
    private static List<string> Finds(string dump) =>
        [.. dump.Split('\n').Where(line => Holds(line) || Octets().Matches(line).Any(match => Holds(Encoding.Latin1.GetString(Convert.FromHexString(match.Groups[1].Value)))))
            .Select(line => line.Length > 200 ? line[..200] : line)];

    private static bool Holds(string text) =>
        Is(text) || Is(WebUtility.UrlDecode(text)) || Is(Quoted().Replace(Soft().Replace(text, ""), match => ((char)Convert.ToByte(match.Groups[1].Value, 16)).ToString()))
        || Base64().Matches(text).Any(match => Is(Decode(match.Value)));

    private static bool Is(string text) => text.Contains(Local, StringComparison.OrdinalIgnoreCase);

    private static string Decode(string text)
    {
        var plain = text.ReplaceLineEndings("").TrimEnd('=');
        plain = plain[..(plain.Length / 4 * 4)];
        return Encoding.Latin1.GetString(Convert.FromBase64String(plain));
    }

    [GeneratedRegex(@"\\\\x((?:[0-9a-f]{2})+)")]
    private static partial Regex Octets();

    [GeneratedRegex(@"=\r?\n")]
    private static partial Regex Soft();

    [GeneratedRegex("=([0-9A-F]{2})")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"[A-Za-z0-9+/]{16,}(?:\r?\n[A-Za-z0-9+/]+)*=*")]
    private static partial Regex Base64();
}
