using System.Net;
using System.Text.RegularExpressions;
using DigestService.Hosting;
using DigestService.Delivery;
using DigestService.Platform;
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
        (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        (await SignInAsync(browser, Password)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        await PressAsync(browser, "/admin/hold");
        var held = await HeldAsync(host);
        await PressAsync(browser, "/admin/release");

        held.ShouldBe("The operator asked for it.");
        (await HeldAsync(host)).ShouldBeNull();
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
        var token = Regex.Match(page, "name=\"token\" value=\"([^\"]+)\"").Groups[1].Value;
        await browser.PostAsync("/admin/inbound/read", new FormUrlEncodedContent([KeyValuePair.Create("token", token), KeyValuePair.Create("id", id.ToString(System.Globalization.CultureInfo.InvariantCulture))]));

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
        for (var attempt = 0; attempt < 12; attempt++)
            answers.Add((await SignInAsync(browser, "wrong horse")).StatusCode);

        answers.Take(10).ShouldAllBe(status => status == HttpStatusCode.Unauthorized);
        answers.Skip(10).ShouldAllBe(status => status == HttpStatusCode.TooManyRequests);
        (await browser.GetAsync("/admin")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Readers_are_found_by_part_of_their_address_and_shown_as_text()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        await SignInAsync(browser, Password);
        await host.Services.GetRequiredService<Database>().ExecuteAsync(
            "insert into subscribers (address, address_key, state, created_at) values ('Ada@example.org', 'ada@example.org', 'pending', now())", null, CancellationToken.None);

        (await browser.GetStringAsync("/admin/readers?q=ADA")).ShouldContain("<td>Ada@example.org</td><td>pending</td>");
        (await browser.GetStringAsync("/admin/readers?q=%3Cscript%3E")).ShouldNotContain("<script>");
        (await browser.GetStringAsync("/admin/suppressions?address=ada@example.org")).ShouldContain("This address is not suppressed.");
    }

    [Fact]
    public async Task An_address_is_barred_and_lifted_by_button()
    {
        await using var host = await StartAsync();
        using var browser = Browser(host);
        await SignInAsync(browser, Password);
        var token = Token().Match(await browser.GetStringAsync("/admin")).Groups["token"].Value;

        await browser.PostAsync("/admin/suppressions/add", Form(("which", "ada@example.org")));
        var barred = await browser.GetStringAsync("/admin/suppressions?address=ada@example.org");
        await browser.PostAsync("/admin/suppressions/lift", Form(("which", "ada@example.org"), ("reason", "operator")));
        var lifted = await browser.GetStringAsync("/admin/suppressions?address=ada@example.org");

        barred.ShouldContain("operator. Added by the operator.");
        barred.ShouldContain("Lift it");
        lifted.ShouldContain("This address is not suppressed.");
        (await browser.PostAsync("/admin/suppressions/add", new FormUrlEncodedContent([KeyValuePair.Create("which", "ada@example.org")]))).StatusCode
            .ShouldBe(HttpStatusCode.BadRequest);

        FormUrlEncodedContent Form(params (string Key, string Value)[] fields) =>
            new([KeyValuePair.Create("token", token), .. fields.Select(field => KeyValuePair.Create(field.Key, field.Value))]);
    }

    [GeneratedRegex("name=\"token\" value=\"(?<token>[^\"]+)\"", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();

    private static HttpClient Browser(ServeHost host) =>
        new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(host.Urls[0]) };

    private static Task<HttpResponseMessage> SignInAsync(HttpClient browser, string password) =>
        browser.PostAsync("/admin/sign-in", new FormUrlEncodedContent([KeyValuePair.Create("password", password)]));

    private static async Task PressAsync(HttpClient browser, string action)
    {
        var token = Token().Match(await browser.GetStringAsync("/admin")).Groups["token"].Value;
        var answer = await browser.PostAsync(action, new FormUrlEncodedContent([KeyValuePair.Create("token", token)]));
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    private static Task<string?> HeldAsync(ServeHost host) => host.Services.GetRequiredService<SendingHold>().WhyHeldAsync(CancellationToken.None);

    private async Task<ServeHost> StartAsync() => await ServeHost.StartAsync(
        await apps.CreateConfigurationAsync(("Admin__Password", Password)), new TestClock(), Roles.Web, CancellationToken.None);
}
