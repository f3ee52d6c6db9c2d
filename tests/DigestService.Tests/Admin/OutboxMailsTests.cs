using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using DigestService.Admin;
using DigestService.Digests;
using DigestService.Hosting;
using DigestService.Mail.Mime;
using DigestService.Platform;
using DigestService.Tests.Journeys;
using DigestService.Tests.Mails;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace DigestService.Tests.Admin;

/// <summary>The mails of the outbox as the operator looks at them.</summary>
public sealed partial class OutboxMailsTests(AppFixture apps, ChromiumFixture chromium) : IClassFixture<AppFixture>, IClassFixture<ChromiumFixture>
{
    private const string Ada = "ada@mail.example";

    [Fact]
    public async Task A_digest_and_a_service_mail_are_shown_whole_and_act_for_nobody()
    {
        await using var site = await Site.OpenAsync(
            apps, ("Admin__Password", "correct horse"), ("Inbox__Kind", "Pipe"), ("Mail__From", "digest@digest.example"), ("Mail__CommandAddress", "commands@digest.example"));
        await site.AddPaperAsync("Chain-of-thought prompting for all", text: "On chain-of-thought prompting.");
        var preferences = await site.SubscribeAsync(Ada, ("topics", "reasoning"));
        await site.PostAsync(preferences, ("action", "now"));
        await site.Service<DigestTick>().RunAsync(site.Clock.Now, CancellationToken.None);
        using var browser = await SignInAsync(site);
        (await site.Database.QuerySingleOrDefaultAsync<long>("select count(*) from deliveries where kind = 'digest' and fragments is not null", null, CancellationToken.None)).ShouldBe(1);

        foreach (var kind in (string[])["digest", "confirmation", "welcome"])
        {
            var id = await site.Database.QuerySingleOrDefaultAsync<long>("select id from deliveries where kind = @kind", new { kind }, CancellationToken.None);
            var path = "/admin/outbox/" + id.ToString(CultureInfo.InvariantCulture);
            var page = await browser.GetStringAsync(path);
            using var frame = await browser.GetAsync(path + "/html");
            var html = await frame.Content.ReadAsStringAsync();
            var text = WebUtility.HtmlDecode(await browser.GetStringAsync(path + "?view=text"));
            var source = WebUtility.HtmlDecode(await browser.GetStringAsync(path + "?view=source"));

            page.ShouldContain($"<iframe title=\"The mail\" sandbox=\"\" src=\"{path}/html\">", customMessage: kind);
            frame.Headers.GetValues("Content-Security-Policy").Single().ShouldBe(
                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox");
            html.ShouldContain("</html>");
            source.ShouldContain($"X-Digest-Delivery: {id}");
            if (kind == "digest")
                ((string[])[html, text, source]).ShouldAllBe(view => view.Contains("Chain-of-thought prompting for all", StringComparison.Ordinal));
            foreach (var view in (string[])[page, html, text, source])
            {
                var tokens = LongRun().Matches(view.Replace("=\r\n", "", StringComparison.Ordinal)).Select(match => match.Value)
                    .Where(run => LinkSigner.ClaimedSubject(run[^50..]) is not null && run.Any(letter => letter is not 'x' and not '-'));
                // The page's own token signs its buttons.
                tokens.Where(token => !page.Contains($"name=\"token\" value=\"{token}\"", StringComparison.Ordinal) && !view.Contains($"name=\"token\" value=\"{token}\"", StringComparison.Ordinal))
                    .ShouldBeEmpty(kind);
                Regex.IsMatch(view, "/f/(?!x{16})").ShouldBeFalse(kind);
                Regex.IsMatch(view, @"commands\+r[0-9]").ShouldBeFalse(kind);
            }
        }

        (await browser.GetAsync("/admin/outbox/999999/html")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await site.Database.ExecuteAsync("update deliveries set state = 'sent', message = null, fragments = null, next_attempt_at = null", null, CancellationToken.None);
        var gone = await site.Database.QuerySingleOrDefaultAsync<long>("select min(id) from deliveries", null, CancellationToken.None);
        (await browser.GetStringAsync($"/admin/outbox/{gone}")).ShouldContain("Its octets are not kept");
    }

    [Fact]
    public async Task A_browser_shows_the_mail_in_its_frame_and_runs_nothing_there()
    {
        // Without https, so that the browser takes the cookie.
        await using var host = await ServeHost.StartAsync(await apps.CreateConfigurationAsync(("Admin__Password", "correct horse")), new TestClock(), Roles.Web, default);
        await using var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = host.Urls[0] });
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls[0]) };
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("email", Ada)]);
        using var signedUp = await client.PostAsync("/subscribe", form);
        var id = await host.Services.GetRequiredService<Database>().QuerySingleOrDefaultAsync<long>("select id from deliveries", null, CancellationToken.None);
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        page.Console += (_, message) => errors.Add(message.Text);

        await page.GotoAsync("/admin");
        errors.Clear(); // It asked for the password.
        await page.FillAsync("#password", "correct horse");
        await page.ClickAsync("main button");
        await page.GotoAsync($"/admin/outbox/{id}");

        var frame = page.FrameLocator("iframe");
        await frame.Locator("a[href*='/confirm/x']").First.WaitForAsync();
        errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_the_operator_sees_a_mail()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", "correct horse"));
        await site.SignUpAsync(Ada);
        var id = await site.Database.QuerySingleOrDefaultAsync<long>("select id from deliveries", null, CancellationToken.None);

        using var frame = await site.Browser.GetAsync($"/admin/outbox/{id}/html");

        frame.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await frame.Content.ReadAsStringAsync()).ShouldNotContain("confirm/");
    }

    [Fact]
    public void Of_every_mail_in_every_language_nothing_is_changed_but_tokens()
    {
        foreach (var (name, _, mail) in new MailTestBed().Gallery.Mails())
        {
            var masked = MaskedMail.Of(mail.Message);
            var before = MimeReader.Read(mail.Message);

            masked.Raw.Length.ShouldBe(mail.Message.Length, name);
            mail.Message.Zip(masked.Raw).ShouldAllBe(pair => pair.First == pair.Second || pair.Second == (byte)'x', name);
            foreach (var (was, isNow) in (IEnumerable<(string?, string?)>)[(before.Find("text/html")?.Text(), masked.Html), (before.Find("text/plain")?.Text(), masked.Text)])
            {
                var tokens = Link().Matches(was ?? "").Select(match => match.Groups["token"].Value).ToList();
                (name == "alert" || name.StartsWith("answer", StringComparison.Ordinal) || tokens.Count > 0 || !was!.Contains("/preferences/", StringComparison.Ordinal)).ShouldBeTrue(name);
                tokens.Where(token => isNow!.Contains(token, StringComparison.Ordinal)).ShouldBeEmpty(name);
            }
        }
    }

    [Fact]
    public void Tokens_in_base64_and_across_soft_line_breaks_are_masked_too()
    {
        var token = new LinkSigner(new byte[32]).Sign(LinkPurpose.Unsubscribe, 7);
        var link = $"https://digest.example/unsubscribe/{token}\r\n";
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes("论文 " + link), Base64FormattingOptions.InsertLineBreaks);
        var mail =
            "DKIM-Signature: v=1; b=" + new string('S', 60) + "\r\n\t" + new string('T', 60) + "\r\nMIME-Version: 1.0\r\nList-Unsubscribe: <mailto:c@d.example?subject=unsubscribe%20" + token + ">\r\n"
            + "Reply-To: <c+r12-20514-1-0f3a0f3a0f3a0f3a0f3a@d.example>\r\nContent-Type: multipart/alternative; boundary=\"b\"\r\n\r\n"
            + "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64 + "\r\n"
            + "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            + new string('-', 60) + "\r\n" + link.Insert(60, "=\r\n") + "/f/" + token[..16].Insert(9, "=\r\n") + "/7/like\r\n--b--\r\n";

        var masked = MaskedMail.Of(Encoding.ASCII.GetBytes(mail));

        masked.Text.ShouldBe($"论文 https://digest.example/unsubscribe/{new string('x', 50)}\r\n");
        masked.Html.ShouldBe($"{new string('-', 60)}\r\nhttps://digest.example/unsubscribe/{new string('x', 50)}\r\n/f/{new string('x', 16)}/7/like");
        var raw = Encoding.ASCII.GetString(masked.Raw);
        raw.ShouldStartWith("DKIM-Signature: v=1; b=" + new string('S', 60) + "\r\n\t" + new string('T', 60) + "\r\n");
        raw.ShouldContain("Reply-To: <c+" + new string('x', 32) + "@d.example>");
        raw.ShouldNotContain(token[..20]);
    }

    private static async Task<HttpClient> SignInAsync(Site site)
    {
        // The cookie is for https alone, and the test's server is not.
        var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = site.Browser.BaseAddress };
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("password", "correct horse")]);
        using var answer = await browser.PostAsync("/admin/sign-in", form);
        browser.DefaultRequestHeaders.Add("Cookie", answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        return browser;
    }

    [GeneratedRegex("[A-Za-z0-9_-]{50,}")]
    private static partial Regex LongRun();

    [GeneratedRegex("/(?:preferences|unsubscribe|confirm|address|digests|f)/(?<token>[A-Za-z0-9_-]{16,})", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();
}
