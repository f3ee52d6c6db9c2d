using System.Text;
using DigestService.Digests;
using DigestService.Hosting;
using DigestService.Mail.Mailboxes;
using DigestService.Mail.Mime;
using DigestService.Mail.Tests.Mailboxes;
using DigestService.Platform;
using DigestService.Tests.Mails;
using DigestService.Tests.Shared;
using DigestService.Topics;
using MailKit.Net.Smtp;
using Microsoft.Extensions.DependencyInjection;
using MimeMessage = MimeKit.MimeMessage;
using MailboxAddress = MimeKit.MailboxAddress;
using TextPart = MimeKit.TextPart;
using NodaTime;

namespace DigestService.Tests.Inbound;

/// <summary>A subscription lived by mail alone: Debian's Postfix and Dovecot on loopback carry, bounce and hold every message.</summary>
public sealed class MailJourneyTests(AppFixture apps, DovecotServer dovecot) : IClassFixture<AppFixture>, IClassFixture<DovecotServer>
{
    private const string Domain = PostfixServer.Domain;
    private const string Commands = "digest@" + Domain;

    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private PostfixServer _postfix = null!;
    private ServeHost _host = null!;

    [Fact]
    public async Task From_subscribing_to_leaving_nobody_opens_a_browser()
    {
        var account = dovecot.NewAccount();
        await LogInOnceAsync(account);
        _postfix = await PostfixServer.StartAsync(dovecot.MailFolder, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["digest"] = account.User, ["bounces"] = account.User, ["ada"] = "ada", ["bea"] = "bea", ["cleo"] = "cleo",
        });
        await using var _ = _postfix;
        var clock = new TestClock();
        var configuration = await apps.CreateConfigurationAsync(
        [
            ("Smtp__Host", "127.0.0.1"), ("Smtp__Port", $"{_postfix.Port}"), ("Site__BaseUrl", "https://papers.example"),
            ("Mail__From", "papers@" + Domain), ("Mail__CommandAddress", Commands), ("Mail__BounceAddress", "bounces@" + Domain),
            ("Inbox__Kind", "Imap"), ("Inbox__Imap__Host", "127.0.0.1"), ("Inbox__Imap__Port", $"{dovecot.Port}"), ("Inbox__Imap__User", account.User), ("Inbox__Imap__Password", DovecotServer.Password),
        ]);
        await using var host = await ServeHost.StartAsync(configuration, clock, Roles.Send | Roles.Inbound, default);
        _host = host;
        await host.Services.GetRequiredService<TopicCatalogue>().LoadAsync(default);

        // Subscribing, confirming by answering.
        await SendAsync("ada", Commands, "subscribe", "query \"folding laundry\"\nat 07:00\n");
        var confirmation = await NextAsync("ada");
        await SendAsync("ada", ReplyTo(confirmation), "Re: " + confirmation.Headers.First("Subject"), "yes please\n\n> " + confirmation.BodyText().Replace("\n", "\n> ", StringComparison.Ordinal));
        (await NextAsync("ada")).Headers.First("Subject").ShouldNotBeNull().ShouldContain("Welcome");
        (await ValueAsync("select state from subscribers")).ShouldBe("active");

        // The digest, and a like by answering it.
        await AddPaperAsync("Robots and folding laundry", new LocalDate(2026, 3, 4));
        await TickAsync(clock, Instant.FromUtc(2026, 3, 4, 7, 0));
        var digest = await NextAsync("ada");
        digest.BodyText().ShouldContain("+3 -5");
        await SendAsync("ada", ReplyTo(digest), "Re: " + digest.Headers.First("Subject"), "+1");
        await NextAsync("ada");
        (await ValueAsync("select kind from feedback")).ShouldBe("like");

        // Today's digest now.
        await AddPaperAsync("More on folding laundry", new LocalDate(2026, 3, 5));
        clock.Now = Instant.FromUtc(2026, 3, 5, 3, 0);
        await SendAsync("ada", ReplyTo(digest), "today", "");
        await Eventually.TrueAsync(async () => await ValueAsync("select count(*)::text from digests") == "2", "today's digest is owed");
        await TickAsync(clock, clock.Now);
        var today = await NextAsync("ada");
        today.BodyText().ShouldContain("More on folding laundry");

        // Another address, which has to agree.
        await SendAsync("ada", ReplyTo(today), "change bea@" + Domain, "");
        var question = await NextAsync("bea");
        await SendAsync("bea", ReplyTo(question), "Re: " + question.Headers.First("Subject"), "I do");
        await Eventually.TrueAsync(async () => await ValueAsync("select address from subscribers") == "bea@" + Domain, "the subscription moves");

        // A dead address, whose bounce Postfix writes, and a complaint.
        await AddReaderAsync("dead@" + PostfixServer.DeadDomain);
        await AddReaderAsync("cleo@" + Domain);
        await AddPaperAsync("Yet more on folding laundry", new LocalDate(2026, 3, 6));
        await TickAsync(clock, Instant.FromUtc(2026, 3, 6, 7, 0));
        await Eventually.TrueAsync(async () => await ValueAsync("select string_agg(status || ' ' || permanent, ',') from bounces") == "5.1.1 true", "the bounce is counted");
        var complained = await NextAsync("cleo");
        await SendRawAsync("fbl@provider.example", Commands, ComplaintAbout(complained.Headers.First("Message-ID")!));
        await Eventually.TrueAsync(async () => await ValueAsync("select state from subscribers where address like 'cleo%'") == "suppressed", "the complaint ends it");

        // And out, by the mailto that mail programs offer.
        var last = await NextAsync("bea");
        var mailto = last.Headers.First("List-Unsubscribe")!.Split("<mailto:")[1].TrimEnd('>');
        await SendAsync("bea", mailto.Split('?')[0], Uri.UnescapeDataString(mailto.Split("subject=")[1]), "");
        (await NextAsync("bea")).Headers.First("Subject").ShouldBe("You are unsubscribed");
        (await ValueAsync("select state from subscribers where address like 'bea%'")).ShouldBe("unsubscribed");
        (await ValueAsync("select count(*)::text from inbound_messages where handled_at is null or kind = 'unreadable'")).ShouldBe("0");
    }

    private async Task TickAsync(TestClock clock, Instant now)
    {
        await _host.Services.GetRequiredService<TopicMatching>().MatchDueAsync(default);
        clock.Now = now;
        (await _host.Services.GetRequiredService<DigestTick>().RunAsync(now, default)).Composed.Queued.ShouldBeGreaterThan(0);
    }

    private Task<string?> ValueAsync(string sql) => _host.Services.GetRequiredService<Database>().QuerySingleOrDefaultAsync<string>(sql, null, default);

    private Task AddPaperAsync(string title, LocalDate day) => _host.Services.GetRequiredService<Database>().ExecuteAsync(
        """
        insert into papers (title, original_title, abstract, authors, upvotes, first_listed_on, created_at, updated_at)
        values (@title, @title, 'About it.', '{Ada}', 10, @day, @now, @now)
        """,
        new { title, day, now = Instant.FromUtc(2026, 3, 4, 1, 0) },
        default);

    private Task AddReaderAsync(string address) => _host.Services.GetRequiredService<Database>().ExecuteAsync(
        """
        with reader as (
            insert into subscribers (address, address_key, state, next_due_at, next_due_on, created_at, confirmed_at)
            values (@address, @address, 'active', @due, '2026-03-06', @due, @due)
            returning id)
        insert into preferences (subscriber_id, query_id, text)
        select distinct reader.id, p.query_id, p.text from reader, preferences p
        """,
        new { address, due = Instant.FromUtc(2026, 3, 6, 7, 0) },
        default);

    private async Task SendAsync(string user, string to, string subject, string text)
    {
        using var mail = new MimeMessage();
        mail.From.Add(new MailboxAddress(user, $"{user}@{Domain}"));
        mail.To.Add(MailboxAddress.Parse(to));
        mail.Subject = subject;
        mail.Body = new TextPart("plain") { Text = text };
        using var raw = new MemoryStream();
        await mail.WriteToAsync(raw);
        await SendRawAsync($"{user}@{Domain}", to, raw.ToArray());
    }

    private async Task SendRawAsync(string from, string to, byte[] raw)
    {
        using var client = new SmtpClient();
        using var mail = await MimeMessage.LoadAsync(new MemoryStream(raw));
        await client.ConnectAsync("127.0.0.1", _postfix.Port, MailKit.Security.SecureSocketOptions.None);
        await client.SendAsync(mail, MailboxAddress.Parse(from), [MailboxAddress.Parse(to)]);
        await client.DisconnectAsync(quit: true);
    }

    private async Task<MimePart> NextAsync(string user)
    {
        var folder = Path.Combine(dovecot.MailFolder, user, "new");
        string? next = null;
        await Eventually.TrueAsync(
            () =>
            {
                next = Directory.Exists(folder) ? Directory.GetFiles(folder).Order(StringComparer.Ordinal).FirstOrDefault(file => !_read.Contains(file)) : null;
                return next is not null;
            },
            $"mail comes to {user}");
        _read.Add(next!);
        return MimeReader.Read(await File.ReadAllBytesAsync(next!));
    }

    private static string ReplyTo(MimePart mail) => InboundTestBed.BareAddress(mail.Headers.First("Reply-To"));

    private static byte[] ComplaintAbout(string messageId) => Encoding.ASCII.GetBytes(
        $"From: fbl@provider.example\r\nTo: {Commands}\r\nSubject: abuse report\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\r\n\r\n"
        + "--b\r\nContent-Type: text/plain\r\n\r\nA complaint.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\nUser-Agent: x/1\r\n\r\n"
        + $"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@{Domain}\r\nTo: redacted@{Domain}\r\nMessage-ID: {messageId}\r\n\r\ntext\r\n--b--\r\n");

    private static async Task LogInOnceAsync(ImapAccount account)
    {
        await using var mailbox = new ImapMailbox(account);
        await foreach (var _ in mailbox.ReadNewAsync(1000, default))
        {
        }
    }
}
