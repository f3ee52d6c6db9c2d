using System.Net;
using System.Text.RegularExpressions;
using DigestService.Hosting;
using DigestService.Delivery;
using DigestService.Platform;
using DigestService.Suppressions;
using Microsoft.Extensions.DependencyInjection;

namespace DigestService.Tests.Admin;

public sealed partial class AdminPagesTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Password = "correct horse";

    [Fact]
    public async Task Without_a_password_set_there_are_no_admin_pages()
    {
        await using var host = await ServeHost.StartAsync(await apps.CreateConfigurationAsync(), new TestClock(), Roles.Web, CancellationToken.None);
        using var browser = Browser(host);

        (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await SignInAsync(browser, "")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_operator_signs_in_holds_all_sending_and_lets_it_go_on()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        using var asked = await browser.GetAsync("/admin");
        asked.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        // A scheme that browsers know would make them ask by themselves, above the page.
        asked.Headers.WwwAuthenticate.ShouldHaveSingleItem().Scheme.ShouldBe("Cookie");
        (await (await browser.PostFormAsync("/", "/admin/hold")).Content.ReadAsStringAsync()).ShouldContain("Nothing was done");

        (await SignInAsync(browser, Password)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using var noForm = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        (await browser.PostAsync("/admin/hold", noForm)).StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        await PressAsync(browser, "/admin/hold");
        var held = await HeldAsync(host);
        await PressAsync(browser, "/admin/release");

        held.ShouldBe("The operator asked for it.");
        (await HeldAsync(host)).ShouldBeNull();
    }

    [Theory]
    [InlineData("/admin/outbox?state=failed&domain=b%C3%BCcher.example", "/admin/outbox?state=failed&domain=b%C3%BCcher.example")]
    [InlineData("/admin/readers/114", "/admin/readers/114")]
    [InlineData("https://elsewhere.example/admin", "/admin")]
    [InlineData("//elsewhere.example/admin", "/admin")]
    [InlineData("/preferences/x", "/admin")]
    [InlineData("/admin\r\nX-Evil: 1", "/admin")]
    public async Task Signing_in_leads_to_the_page_that_was_asked_for_and_nowhere_else(string asked, string led)
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        if (asked == led)
        {
            using var page = await browser.GetAsync(new Uri(asked, UriKind.Relative));
            NextOn(await page.Content.ReadAsStringAsync()).ShouldBe(asked);
        }

        using var wrong = await SignInAsync(browser, "wrong password", asked);
        var answer = await SignInAsync(browser, Password, asked);

        NextOn(await wrong.Content.ReadAsStringAsync()).ShouldBe(led);
        answer.Headers.Location!.OriginalString.ShouldBe(led);

        static string NextOn(string page) => WebUtility.HtmlDecode(Regex.Match(page, "name=\"next\" value=\"([^\"]*)\"").Groups[1].Value);
    }

    [Fact]
    public async Task A_list_that_is_cut_says_so()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        await SignInAsync(browser, Password);
        await host.Services.GetRequiredService<Database>().ExecuteAsync(
            """
            insert into subscribers (address, address_key, state, created_at) select 'r' || i || '@x.example', 'r' || i || '@x.example', 'pending', now() from generate_series(1, 51) as i;
            insert into inbound_messages (content_hash, source, is_kept, received_at, handled_at) select sha256(i::text::bytea), 'pipe', true, now(), now() from generate_series(1, 51) as i;
            insert into deliveries (id, bucket, kind, sender, recipient, recipient_key, recipient_domain, message_id, content_hash, state, created_at)
            select i, i & 63, 'digest', 'b@x.example', 'r@x.example', '\x01', 'x.example', 'm' || i, '\x01', 'sent', now() from generate_series(1, 201) as i
            """,
            null,
            default);

        var pages = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in (string[])["/admin/readers?q=x.example", "/admin/readers?q=r5", "/admin/inbound", "/admin/outbox", "/admin/outbox?state=failed"])
            pages[path] = await browser.GetStringAsync(path);

        pages["/admin/readers?q=x.example"].ShouldContain("More than 50 addresses contain that");
        Regex.Count(pages["/admin/readers?q=x.example"], "href=\"/admin/readers/").ShouldBe(50);
        pages["/admin/readers?q=r5"].ShouldNotContain("More than");
        pages["/admin/inbound"].ShouldContain("Older ones wait");
        Regex.Count(pages["/admin/inbound"], "Done with it").ShouldBe(50);
        pages["/admin/outbox"].ShouldContain("These are the newest 200.");
        Regex.Count(pages["/admin/outbox"], "type=\"checkbox\"").ShouldBe(200);
        pages["/admin/outbox?state=failed"].ShouldNotContain("These are the newest");
    }

    [Fact]
    public async Task What_a_reader_wrote_that_no_command_covers_is_shown_as_text_until_the_operator_is_done_with_it()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        await SignInAsync(browser, Password);
        var id = await host.Services.GetRequiredService<DigestService.Inbound.Handling.InboundStore>().AddAsync(
            "pipe", "From: ada@reader.example\r\nSubject: A thought <b>\r\n\r\nI like <script>papers</script>."u8.ToArray(), isTruncated: false, default);
        await host.Services.GetRequiredService<DigestService.Inbound.Handling.InboundHandler>().HandleAsync(id, default);

        var page = await browser.GetStringAsync("/admin/inbound");
        (await PressAsync(browser, "/admin/inbound/read", ("id", id.ToString(System.Globalization.CultureInfo.InvariantCulture)))).ShouldBe("/admin/inbound");

        page.ShouldContain("I like &lt;script&gt;papers&lt;/script&gt;.");
        (await browser.GetStringAsync("/admin/inbound")).ShouldNotContain("I like");
    }

    [Fact]
    public async Task A_form_from_elsewhere_changes_nothing()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        await SignInAsync(browser, Password);

        var answer = await browser.PostAsync("/admin/hold", new FormUrlEncodedContent([KeyValuePair.Create("token", "forged")]));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await HeldAsync(host)).ShouldBeNull();
    }

    [Fact]
    public async Task Wrong_passwords_open_nothing_and_run_out()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);

        var answers = new List<HttpStatusCode>();
        TimeSpan? wait = null;
        for (var attempt = 0; attempt < 12; attempt++)
        {
            var answer = await SignInAsync(browser, "wrong horse");
            answers.Add(answer.StatusCode);
            wait = answer.Headers.RetryAfter?.Delta;
        }

        answers.Take(10).ShouldAllBe(status => status == HttpStatusCode.Unauthorized);
        answers.Skip(10).ShouldAllBe(status => status == HttpStatusCode.TooManyRequests);
        wait.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Readers_are_found_by_part_of_their_address_and_shown_as_text()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        await SignInAsync(browser, Password);
        await host.Services.GetRequiredService<Database>().ExecuteAsync(
            "insert into subscribers (address, address_key, state, created_at) values ('Ada@example.org', 'ada@example.org', 'pending', now()), ('eva@xn--bcher-kva.example', 'eva@xn--bcher-kva.example', 'pending', now())", null, CancellationToken.None);

        foreach (var part in (string[])["büch", "ÜCHER", "er.exam", "eva@bü", "@bücher.example", "xn--bcher"])
            (await browser.GetStringAsync($"/admin/readers?q={Uri.EscapeDataString(part)}")).ShouldContain(">eva@b", Case.Sensitive, part);
        (await browser.GetStringAsync("/admin/readers?q=ADA")).ShouldContain(">Ada@example.org</a></td><td>pending</td>");
        (await browser.GetStringAsync("/admin/readers?q=%3Cscript%3E")).ShouldNotContain("<script>");
        (await browser.GetStringAsync("/admin/suppressions?address=ada@example.org")).ShouldContain("This address is not suppressed.");
    }

    [Fact]
    public async Task An_address_is_barred_and_lifted_by_button()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        await SignInAsync(browser, Password);

        var barred = await browser.GetStringAsync(await PressAsync(browser, "/admin/suppressions/add", ("which", "ada@example.org")));
        var lifted = await browser.GetStringAsync(await PressAsync(browser, "/admin/suppressions/lift", ("which", "ada@example.org"), ("reason", "operator")));
        var reviewed = await PressAsync(browser, "/admin/suppressions/review", ("day", "2026-03-01"), ("verdict", "count"));
        var liftedFromTheList = await PressAsync(browser, "/admin/suppressions/lift", ("which", new string('0', 64)), ("reason", "operator"));

        barred.ShouldContain("operator. Added by the operator.");
        barred.ShouldContain("Lift it");
        lifted.ShouldContain("This address is not suppressed.");
        (reviewed, liftedFromTheList).ShouldBe(("/admin/suppressions", "/admin/suppressions"));
        (await browser.PostAsync("/admin/suppressions/add", new FormUrlEncodedContent([KeyValuePair.Create("which", "ada@example.org")]))).StatusCode
            .ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Suppressions_are_paged_by_age_and_name_the_reader_whose_mail_is_kept_without_reading_everybody()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        await SignInAsync(browser, Password);
        var database = host.Services.GetRequiredService<Database>();
        var signer = host.Services.GetRequiredService<LinkSigner>();
        await database.ExecuteAsync(
            """
            insert into subscribers (address, address_key, state, created_at) values
                ('Ada@mail.example', 'ada@mail.example', 'pending', now()), ('moved@mail.example', 'moved@mail.example', 'pending', now());
            insert into suppressions (address_hash, reason, created_at)
            select sha256(int4send(n)), 'operator', '2026-03-01' from generate_series(1, 101) as n;
            insert into suppressions (address_hash, reason, created_at) values (@ada, 'bounced', '2026-03-02'), (@old, 'bounced', '2026-03-02');
            insert into bounces (subscriber_id, address_hash, permanent, occurred_on, received_at)
            select id, case address_key when 'ada@mail.example' then @ada else @old end, true, '2026-03-02', '2026-03-02' from subscribers;
            """,
            new { ada = signer.HashAddress("ada@mail.example"), old = signer.HashAddress("old@mail.example") },
            CancellationToken.None);
        using var seen = new SeenStatements(database);

        var pages = new List<string> { await browser.GetStringAsync("/admin/suppressions") };
        while (OlderPage().Match(pages[^1]) is { Success: true, Groups: var groups })
            pages.Add(await browser.GetStringAsync(groups["path"].Value));

        pages.Select(page => Regex.Count(page, ">Lift</button>")).ShouldBe([50, 50, 3]);
        string.Concat(pages.Select(page => string.Concat(Regex.Matches(page, "name=\"which\" value=\"([0-9a-f]{64})\"").Select(match => match.Groups[1].Value + " ")))).Split(' ').Distinct(StringComparer.Ordinal).Count().ShouldBe(103 + 1);
        pages[0].ShouldContain("<td>Ada@mail.example</td><td>bounced</td>");
        pages[0].ShouldNotContain("<td>moved@mail.example</td>");
        seen.Names.ShouldNotContain("suppressions.addresses");
        (await browser.GetStringAsync("/admin/suppressions?before=99999999999999999999-x")).ShouldContain("The newest");
    }

    [Fact]
    public async Task The_outbox_is_searched_by_state_day_domain_and_words_of_the_reply_and_each_mail_opens_to_its_reply()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        (await browser.GetAsync("/admin/outbox")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        await SignInAsync(browser, Password);
        await host.Services.GetRequiredService<Database>().ExecuteAsync(Mails, null, CancellationToken.None);

        (await FoundAsync("")).ShouldBe([3, 2, 1]);
        (await FoundAsync("?state=failed")).ShouldBe([1]);
        (await FoundAsync("?domain=B.example")).ShouldBe([3, 2]);
        (await FoundAsync("?day=2026-03-02")).ShouldBe([2]);
        (await FoundAsync("?reply=%3CMAILBOX%3E+full")).ShouldBe([1]);
        (await FoundAsync("?state=failed&domain=b.example")).ShouldBeEmpty();
        (await FoundAsync("?state=nonsense")).ShouldBe([3, 2, 1]);
        (await FoundAsync("?day=yesterday")).ShouldBeEmpty();
        (await browser.GetStringAsync("/admin/outbox?reply=%3Cscript%3E")).ShouldNotContain("<script>");
        var mail = WebUtility.HtmlDecode(await browser.GetStringAsync("/admin/outbox/1"));
        mail.ShouldContain("552 5.2.2 <Mailbox> full");
        mail.ShouldContain("5.2.2 bounced later");
        mail.ShouldContain("Read the reply. When its cause is gone, send it again.");
        (await browser.GetAsync("/admin/outbox/999")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await browser.GetStringAsync("/admin")).ShouldContain("/admin/outbox?state=failed");

        async Task<int[]> FoundAsync(string query) => [.. Regex.Matches(
            await browser.GetStringAsync("/admin/outbox" + query), "href=\"/admin/outbox/(?<id>[0-9]+)\"", RegexOptions.ExplicitCapture)
            .Select(match => int.Parse(match.Groups["id"].Value, null))];
    }

    [Fact]
    public async Task One_mail_is_sent_again_or_never_and_one_that_a_sender_holds_is_left_to_it()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        await SignInAsync(browser, Password);
        var database = host.Services.GetRequiredService<Database>();
        await database.ExecuteAsync(Mails, null, CancellationToken.None);

        await PressAsync(browser, "/admin/outbox/retry", ("id", "1"));
        await PressAsync(browser, "/admin/outbox/stop", ("id", "2"));
        foreach (var action in (string[])["retry", "stop"])
            await PressAsync(browser, $"/admin/outbox/{action}", ("id", "3"));

        (await database.QueryAsync<string>("select id || ' ' || state || ' ' || (next_attempt_at is not null) from deliveries order by id", null, CancellationToken.None))
            .ShouldBe(["1 queued true", "2 failed false", "3 sending false"]);
        (await browser.GetStringAsync("/admin/outbox/2")).ShouldContain("The operator stopped it. Before: 450 Later");
    }

    [Fact]
    public async Task One_mail_or_a_selection_is_held_released_and_stopped_and_the_page_says_what_could_not_be()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        await SignInAsync(browser, Password);
        var database = host.Services.GetRequiredService<Database>();
        await database.ExecuteAsync(Mails, null, CancellationToken.None);

        var held = await browser.GetStringAsync(await PressAsync(browser, "/admin/outbox/hold", ("id", "2")));
        held.ShouldContain("1 mail is held.");
        held.ShouldContain("This digest is held by you and is not sent.");
        held.ShouldNotContain("action=\"/admin/outbox/retry\"");
        (await browser.GetStringAsync("/admin/outbox?state=held")).ShouldContain("deferred, held");
        (await browser.GetStringAsync(await PressAsync(browser, "/admin/outbox/hold", ("id", "3"))))
            .ShouldContain("0 mails are held. 1 could not be: A mail that is being sent, is finished or waits for your word cannot be held.");
        (await browser.GetStringAsync("/admin/outbox/3")).ShouldContain("A mail that is being sent can no longer be held or stopped.");

        var released = await PressAsync(browser, "/admin/outbox/release", ("id", "1"), ("id", "2"), ("id", "3"), ("from", "list"), ("domain", "b.example"));
        released.ShouldBe("/admin/outbox?asked=release&done=1&left=2&domain=b.example");
        (await browser.GetStringAsync(released)).ShouldContain("1 mail is released. 2 could not be: It was not held.");
        (await PressAsync(browser, "/admin/outbox/stop", ("id", "2"), ("id", "x"), ("from", "list"))).ShouldBe("/admin/outbox?asked=stop&done=1&left=0");
        (await database.QueryAsync<string>("select id || ' ' || state from deliveries order by id", null, CancellationToken.None)).ShouldBe(["1 failed", "2 failed", "3 sending"]);
        (await browser.PostAsync("/admin/outbox/hold", new FormUrlEncodedContent([KeyValuePair.Create("id", "1")]))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_readers_page_holds_each_day_with_its_why_the_bounces_and_the_consent()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        await SignInAsync(browser, Password);
        var database = host.Services.GetRequiredService<Database>();
        await database.ExecuteAsync(Mails, null, CancellationToken.None);

        var reader = $"/admin/readers/{await database.QuerySingleOrDefaultAsync<long>("select id from subscribers", null, CancellationToken.None)}";

        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(reader));
        var why = WebUtility.HtmlDecode(await browser.GetStringAsync($"{reader}/digests/2026-03-01"));

        page.ShouldContain($"{reader}/digests/2026-03-01");
        page.ShouldContain("552 5.2.2 <Mailbox> full");
        page.ShouldContain("5.2.2 bounced later");
        page.ShouldContain("<dt>how</dt><dd>web</dd><dt>requested at</dt><dd>2026-02-28 09:15 UTC</dd>");
        why.ShouldContain("queued, delivery failed");
        (await browser.GetStringAsync($"{reader}/digests/2026-02-01")).ShouldContain("<pre>");
        page.ShouldNotContain("reported as spam");
        await host.Services.GetRequiredService<OperatorSuppressions>().AddAsync([host.Services.GetRequiredService<OperatorSuppressions>().HashOf("ada@a.example")!], "complained", CancellationToken.None);
        (await browser.GetStringAsync(reader)).ShouldContain("Mail to this address was reported as spam.");
        foreach (var none in (string[])["/admin/readers/999", $"{reader}/digests/x", "/admin/readers/999/digests/2026-03-01"])
            (await browser.GetAsync(none)).StatusCode.ShouldBe(HttpStatusCode.NotFound, none);
    }

    private const string Mails = """
        with reader as (
            insert into subscribers (address, address_key, state, consent, created_at)
            values ('ada@a.example', 'ada@a.example', 'pending', '{"how": "web", "requested_at": "2026-02-28T09:15:30.25Z"}', now())
            returning id),
        mail as (
            insert into deliveries (
                bucket, id, subscriber_id, kind, digest_on, sender, recipient, recipient_key, recipient_domain, message_id, message, content_hash, state,
                owner, lease_until, next_attempt_at, reply, created_at)
            select m.id & 63, m.id, reader.id, 'digest', '2026-03-01', 's@x.example', 'ada@' || m.domain, '\x00', m.domain, 'm' || m.id, '\x00', '\x00', m.state,
                   m.owner, case when m.owner is not null then now() end, case when m.state = 'deferred' then now() end, m.reply, m.at::timestamptz
            from reader, (values
                (1, 'a.example', 'failed', null, '552 5.2.2 <Mailbox> full', '2026-03-01T10:00Z'),
                (2, 'b.example', 'deferred', null, '450 Later', '2026-03-02T10:00Z'),
                (3, 'b.example', 'sending', 'worker', null, '2026-03-03T10:00Z')) as m (id, domain, state, owner, reply, at)
            returning id),
        bounce as (
            insert into bounces (subscriber_id, delivery_id, address_hash, status, permanent, reason, occurred_on, received_at)
            select id, 1, '\x00', '5.2.2', true, 'bounced later', '2026-03-01', now() from reader)
        insert into digests (subscriber_id, digest_on, due_at, outcome, planned_at, composed_at, delivery_id)
        select id, '2026-03-01', now(), 'queued', now(), now(), 1 from reader
        """;

    [GeneratedRegex("href=\"(?<path>/admin/suppressions[?]before=[^\"]+)\"")]
    private static partial Regex OlderPage();

    [Fact]
    public async Task The_first_page_tells_zones_nobody_knows_and_runs_of_sources_that_will_never_end()
    {
        await using var host = await StartAsync();
        await host.Services.GetRequiredService<Database>().ExecuteAsync(
            """
            insert into subscribers (address, address_key, state, zone, next_due_at, next_due_on, created_at)
            values ('a@x.example', 'a@x.example', 'active', 'Mars/Phobos', @now, current_date, @now);
            insert into source_runs (id, run_id, source, started_at, finished_at, outcome) overriding system value
            values (1, 1, 'killed-early', @now - interval '61 minutes', null, 'running'),
                   (2, 2, 'killed-late', @now - interval '3 hours', @now - interval '2 hours', 'done'),
                   (3, 2, 'killed-late', @now - interval '3 hours', null, 'running'),
                   (4, 4, 'begun', @now - interval '59 minutes', null, 'running'),
                   (5, 5, 'long', @now - interval '3 hours', @now - interval '5 minutes', 'done'),
                   (6, 5, 'long', @now - interval '3 hours', null, 'running')
            """,
            new { now = host.Services.GetRequiredService<NodaTime.IClock>().GetCurrentInstant() },
            default);
        using var browser = Browser(host);
        await SignInAsync(browser, Password);

        var page = await browser.GetStringAsync("/admin");

        page.ShouldContain(" does not know Mars/Phobos (1 reader): digests come at that hour in UTC there");
        Regex.Matches(page, "<tr><td>([a-z-]+)</td><td>[^<]*</td><td>[^<]*</td><td>(running|interrupted) *</td>").Select(row => $"{row.Groups[1]} {row.Groups[2]}")
            .Order(StringComparer.Ordinal).ShouldBe(["begun running", "killed-early interrupted", "killed-late interrupted", "long running"]);
    }

    [GeneratedRegex("name=\"token\" value=\"(?<token>[^\"]+)\"")]
    private static partial Regex Token();

    private static HttpClient Browser(ServeHost host) =>
        new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(host.Urls[0]) };

    private static Task<HttpResponseMessage> SignInAsync(HttpClient browser, string password, string next = "/admin") =>
        browser.PostAsync("/admin/sign-in", new FormUrlEncodedContent([KeyValuePair.Create("password", password), KeyValuePair.Create("next", next)]));

    private static async Task<string> PressAsync(HttpClient browser, string action, params (string Name, string Value)[] fields)
    {
        var token = Token().Match(await browser.GetStringAsync("/admin")).Groups["token"].Value;
        var answer = await browser.PostAsync(action, new FormUrlEncodedContent([KeyValuePair.Create("token", token), .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))]));
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        return answer.Headers.Location!.OriginalString; // A redirect has one.
    }

    private static Task<string?> HeldAsync(ServeHost host) => host.Services.GetRequiredService<SendingHold>().WhyHeldAsync(CancellationToken.None);

    private async Task<ServeHost> StartAsync() => await ServeHost.StartAsync(
        await apps.CreateConfigurationAsync(("Admin__Password", Password)), new TestClock(), Roles.Web, CancellationToken.None);
}
