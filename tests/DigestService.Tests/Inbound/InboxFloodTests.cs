using System.Diagnostics;
using System.Text;
using DigestService.Delivery;
using DigestService.Inbound.Handling;
using DigestService.Inbound.Ways;
using DigestService.Mail.Mailboxes;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Tests.Digests;
using DigestService.Tests.Shared;
using NodaTime;
using Xunit.Abstractions;

namespace DigestService.Tests.Inbound;

/// <summary>A box that fills up at the hour of the digests: the long form has ten thousand mails.</summary>
public sealed class InboxFloodTests(AppFixture apps, ITestOutputHelper output) : IClassFixture<AppFixture>
{
    private const int Kinds = 5;
    private const int Due = 200;
    private static readonly int OfEach = (Full.IsAsked ? 10_000 : 500) / Kinds;

    [Fact]
    public async Task Each_mail_of_a_flood_acts_once_while_the_digests_leave()
    {
        await using var relay = ScriptedSmtpServer.Start(new SmtpScript { MaxKeptBytes = 512 });
        var bed = await InboundTestBed.OpenAsync(apps, [.. relay.Settings, ("Smtp__Tls", "None")]);
        var folder = TestDirectory.Create("flood");
        await FillAsync(bed, new Maildir(folder));
        await AddDueReadersAsync(bed);

        var started = Stopwatch.GetTimestamp();
        var flood = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => WorkOffAsync(bed, folder))));
        var digests = await bed.Digests.RunAsync(DigestTestBed.Hour);
        var digestsLeft = Stopwatch.GetElapsedTime(started);
        var failed = (await flood).Sum();
        var worked = Stopwatch.GetElapsedTime(started);
        output.WriteLine($"{OfEach * Kinds} mails in {worked.TotalSeconds:0.0} s: {OfEach * Kinds / worked.TotalSeconds:0} a second. {Due} digests left after {digestsLeft.TotalSeconds:0.0} s.");

        failed.ShouldBe(0);
        digests.Planned.ShouldBe(Due);
        (await bed.ValueAsync("select count(*)::text from deliveries where kind = 'digest' and recipient like 'due%' and state = 'sent'")).ShouldBe($"{Due}");
        relay.Received.Count(mail => mail.Recipient.StartsWith("due", StringComparison.Ordinal)).ShouldBe(Due);
        Directory.GetFiles(Path.Combine(folder, "new")).ShouldBeEmpty();
        Directory.GetFiles(Path.Combine(folder, "cur")).Length.ShouldBe(OfEach * Kinds);
        (await bed.Digests.Database.QueryAsync<string>("select action || ' ' || count(*) from inbound_messages where handled_at is not null group by action order by action", null, default))
            .ShouldBe([$"bounced_hard {OfEach}", $"complained {OfEach}", $"done {OfEach}", $"ignored {OfEach}", $"kept {OfEach}"]);
        (await bed.ValueAsync("select count(*) || ' ' || count(distinct delivery_id) from bounces")).ShouldBe($"{OfEach} {OfEach}");
        (await bed.ValueAsync("select count(*)::text from suppressions where reason = 'complained'")).ShouldBe($"{OfEach}");
        (await bed.ValueAsync("select count(*)::text from subscribers where state = 'suppressed'")).ShouldBe($"{OfEach}");
        (await bed.ValueAsync("select count(*)::text from subscribers where max_items = 7")).ShouldBe($"{OfEach}");
        (await bed.ValueAsync("select count(*) || ' ' || count(distinct recipient) from deliveries where kind = 'answer'")).ShouldBe($"{OfEach} {OfEach}");
    }

    private static async Task<int> WorkOffAsync(InboundTestBed bed, string folder)
    {
        await using var mailbox = new MaildirMailbox(folder);
        return (await bed.Digests.Service<InboxReader>().WorkOffAsync(mailbox, null, default)).Failed;
    }

    /// <summary>Reports about mails that were sent, commands of readers, vacation notes and what is no mail, by turns.</summary>
    private static async Task FillAsync(InboundTestBed bed, Maildir maildir)
    {
        var (envelopes, identity) = (bed.Digests.Service<BounceAddress>(), bed.Digests.Service<MailIdentity>());
        var readers = await AddReadersAsync(bed, "flood", OfEach * 3, DigestTestBed.Hour + Duration.FromDays(1));
        var mails = await AddSentMailsAsync(bed, OfEach * 2);
        for (var i = 0; i < OfEach; i++)
        {
            var commandAddress = identity.ReplyTo(ReplyPurpose.Reader, new MailRecipient { SubscriberId = readers[(OfEach * 2) + i], Address = "" });
            foreach (var mail in (string[])[
                Bounce(envelopes.For(mails[i]), i), ReportMailTests.ComplaintAbout(identity.MessageId("digest", mails[OfEach + i])),
                $"From: someone{i}@else.example\r\nTo: {commandAddress}\r\nSubject: max 7\r\n\r\n",
                $"From: away{i}@mail.example\r\nTo: digest@papers.example\r\nAuto-Submitted: auto-replied\r\nSubject: I am away\r\n\r\nUntil Monday. {i}\r\n",
                $"From: crowd{i}@mail.example\r\nTo: digest@papers.example\r\nSubject: =?utf-8?B?////?=\r\nContent-Type: multipart/mixed; boundary=\"x\r\n\r\n\u0001 {i} --x\r\n"])
                await maildir.AddAsync(Encoding.Latin1.GetBytes(mail), DateTimeOffset.UnixEpoch, default);
        }
    }

    private static async Task AddDueReadersAsync(InboundTestBed bed)
    {
        await AddReadersAsync(bed, "due", Due, DigestTestBed.Hour);
        for (var i = 0; i < 3; i++)
            await bed.Digests.AddPaperAsync($"Pruning network number {i}");
        await bed.Digests.Service<DigestService.Topics.TopicMatching>().MatchDueAsync(default);
    }

    private static async Task<IReadOnlyList<long>> AddReadersAsync(InboundTestBed bed, string name, int count, Instant due)
    {
        var ids = await bed.Digests.Database.QueryAsync<long>(
            """
            with readers as (
                insert into subscribers (address, address_key, state, next_due_at, next_due_on, created_at, confirmed_at)
                select @name || n || '@reader.example', @name || n || '@reader.example', 'active', @due, (@due at time zone 'UTC')::date, @now, @now
                from generate_series(1, @count) as n
                returning id
            ), wishes as (
                insert into preferences (subscriber_id, query_id, topic_id)
                select r.id, t.query_id, t.id from readers r, topics t where t.slug = 'pruning'
            )
            select id from readers order by id
            """,
            new { name, count, due, now = DigestTestBed.Hour - Duration.FromDays(1) },
            default);
        return ids;
    }

    private static async Task<IReadOnlyList<long>> AddSentMailsAsync(InboundTestBed bed, int count)
    {
        var signer = bed.Digests.Service<LinkSigner>();
        return await bed.Digests.Database.InTransactionAsync(
            async connection =>
            {
                var ids = await bed.Digests.Service<Outbox>().ReserveIdsAsync(connection, [.. Enumerable.Range(0, count).Select(n => Buckets.Of(n))], default);
                await connection.ExecuteAsync(
                    """
                    insert into deliveries (bucket, id, subscriber_id, kind, sender, recipient, recipient_key, recipient_domain, message_id, message, content_hash, state, created_at, finished_at)
                    select m.id & 63, m.id, s.id, 'digest', 'b@papers.example', s.address, m.key, 'reader.example', 'm', '', '', 'sent', @now, @now
                    from unnest(@ids, @addresses, @keys) as m (id, address, key)
                    join subscribers s on s.address = m.address
                    """,
                    new
                    {
                        ids = ids.ToArray(),
                        addresses = Enumerable.Range(1, count).Select(i => $"flood{i}@reader.example").ToArray(),
                        keys = Enumerable.Range(1, count).Select(i => signer.HashAddress($"flood{i}@reader.example")).ToArray(),
                        now = DigestTestBed.Hour - Duration.FromDays(1),
                    },
                    default);
                return ids;
            },
            default);
    }

    private static string Bounce(string envelope, int number) =>
        $"""
        From: MAILER-DAEMON@mx.example
        To: {envelope}
        Subject: Undelivered Mail Returned to Sender
        Content-Type: multipart/report; report-type=delivery-status; boundary="b"

        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example

        Final-Recipient: rfc822; flood{number + 1}@reader.example
        Action: failed
        Status: 5.1.1
        Diagnostic-Code: smtp; 550 5.1.1 User unknown

        --b--

        """;
}
