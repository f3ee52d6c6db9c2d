using System.Net;
using System.Net.Http.Headers;
using System.Text;
using DigestService.Platform;

namespace DigestService.Tests.Journeys;

/// <summary>What nobody sends by accident is answered with what is wrong, never with a failure of ours.</summary>
public sealed class HostileRequestsTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Password = "correct horse";

    [Fact]
    public async Task Absurd_days_are_not_found_or_not_understood()
    {
        await using var site = await Site.OpenAsync(apps);
        foreach (var day in (string[])["-0001-05-05", "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "２０２６-01-01", "1799-12-31"])
        {
            (await site.Browser.GetAsync($"/papers/{day}")).StatusCode.ShouldBe(HttpStatusCode.NotFound, day);
            (await site.Browser.GetAsync($"/papers?until={day}")).StatusCode.ShouldBe(HttpStatusCode.BadRequest, day);
            (await site.Browser.GetAsync($"/api/v1/papers?listed_on={day}")).StatusCode.ShouldBe(HttpStatusCode.BadRequest, day);
        }

        foreach (var day in (string[])["1800-01-01", "2999-12-31"])
            (await site.Browser.GetAsync($"/papers?until={day}")).StatusCode.ShouldBe(HttpStatusCode.OK, day);
        foreach (var number in (string[])["99999999999999999999", "-1", "2147483648"])
        {
            foreach (var path in (string[])[$"/paper/{number}", $"/papers/2026-03-03?page={number}", $"/api/v1/papers?limit={number}", $"/api/v1/papers?offset={number}"])
                ((int)(await site.Browser.GetAsync(path)).StatusCode).ShouldBeLessThan(500, path);
        }
    }

    [Theory]
    [InlineData("%EF%BF%BE")]
    [InlineData("model+%EF%BF%BE")]
    [InlineData("%EF%BF%BF")]
    [InlineData("%ED%A0%80")]
    [InlineData("title%3A%EF%BF%BE+OR+%22a%EF%BF%BEb%22")]
    public async Task What_is_no_text_in_a_query_is_looked_for_in_vain_and_fails_nothing(string text)
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", Password));
        await site.AddPaperAsync("A model\uFFFE of \uFFFF fish", text: "On\uFFFE fish.");
        var preferences = await site.SubscribeAsync("ada@mail.example");
        var typed = Uri.UnescapeDataString(text.Replace('+', ' '));

        foreach (var path in (string[])[$"/search?q={text}", $"/search.atom?q={text}", $"/search.bib?q={text}", $"/api/v1/search?q={text}", $"/?query={text}", $"/category/{text}", $"/paper/{text}", "/search?q=fish"])
            ((int)(await site.Browser.GetAsync(path)).StatusCode).ShouldBeLessThan(500, path);
        foreach (var path in (string[])["/subscribe", "/manage", preferences, preferences + "/try", preferences + "/start"])
        {
            var answer = await site.PostAsync(
                path, ("form", "all"), ("email", typed + "@mail.example"), ("query", typed), ("query_name", typed), ("authors", typed), ("muted_words", typed), ("papers", typed), ("new_address", typed), ("action", path.EndsWith("/start", StringComparison.Ordinal) ? "find" : "save"));
            ((int)answer.StatusCode).ShouldBeLessThan(500, path);
        }
    }

    [Fact]
    public async Task Forms_that_end_early_or_never_or_in_no_known_letters_are_refused()
    {
        await using var site = await Site.OpenAsync(apps);
        var preferences = await site.SubscribeAsync("ada@mail.example");
        (string Type, string Body)[] forms =
        [
            ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nada@mail."),
            ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"em"),
            ("multipart/form-data; boundary=x", "--y--\r\n"),
            ("multipart/form-data", "--x--\r\n"),
            ("application/x-www-form-urlencoded; charset=klingon", "email=a%40mail.example"),
            ("application/x-www-form-urlencoded; charset=utf-7", "email=a%40mail.example"),
            ("application/x-www-form-urlencoded; charset=\"no such\"", "email=a%40mail.example"),
            ("application/x-www-form-urlencoded", string.Join('&', Enumerable.Range(0, 1_000).Select(n => $"f{n}=1"))),
            ("application/x-www-form-urlencoded", string.Join('&', Enumerable.Repeat("topics=reasoning", 1_000))),
            ("application/x-www-form-urlencoded", "email=" + new string('a', 20_000)),
            ("application/x-www-form-urlencoded", new string('k', 2_000) + "=1"),
            ("application/x-www-form-urlencoded", "email=a%40mail.example&query=a%00b"),
            ("application/x-www-form-urlencoded", "em%00ail=a%40mail.example"),
            ("application/x-www-form-urlencoded", "action=forget&paper=1&kind=li%00ke"),
            ("application/x-www-form-urlencoded", "action=forget&paper=99999999999999999999&kind=like"),
            ("application/x-www-form-urlencoded", "action=pause&pause_until=-0001-05-05"),
            ("application/x-www-form-urlencoded", "action=pause&pause_until=9999-12-31"),
            ("application/x-www-form-urlencoded", "pause_until=0001-01-01"),
            ("application/x-www-form-urlencoded", "action=dance"),
        ];
        foreach (var (type, body) in forms)
        {
            foreach (var path in (string[])["/subscribe", preferences])
            {
                var answer = await SendAsync(site, path, type, body);
                if (path == "/subscribe" && (body.StartsWith("action", StringComparison.Ordinal) || body.StartsWith("pause", StringComparison.Ordinal)))
                    continue;
                answer.ShouldBe(HttpStatusCode.BadRequest, $"{path} {type} {body[..Math.Min(60, body.Length)]}");
            }
        }

        foreach (var (type, body) in ((string, string)[])[("application/json", "{\"topics\":[]}"), ("text/plain", "topics=vision"), ("nonsense", "")])
        {
            foreach (var path in (string[])["/subscribe", preferences, preferences + "/try", "/manage"])
                (await SendAsync(site, path, type, body)).ShouldBe(HttpStatusCode.UnsupportedMediaType, $"{path} {type}");
        }

        (await site.ColumnAsync("ada@mail.example", "state")).ShouldBe("active");
    }

    [Fact]
    public async Task JSON_that_is_none_or_in_other_letters_is_refused()
    {
        await using var site = await Site.OpenAsync(apps);
        (string Type, string Body, HttpStatusCode Status)[] bodies =
        [
            ("application/json", "", HttpStatusCode.BadRequest),
            ("application/json", "[]", HttpStatusCode.BadRequest),
            ("application/json", "null", HttpStatusCode.BadRequest),
            ("application/json", "\"email\"", HttpStatusCode.BadRequest),
            ("application/json", "{\"email\":\"a@mail.example\",\"queries\":[\"fish \\u0000\"]}", HttpStatusCode.BadRequest),
            ("application/json", "{\"email\":\"a@mail.example\"", HttpStatusCode.BadRequest),
            ("application/json", string.Concat(Enumerable.Repeat("[", 5_000)), HttpStatusCode.BadRequest),
            ("application/json; charset=klingon", "{}", HttpStatusCode.UnsupportedMediaType),
            ("application/json; charset=utf-16", "{}", HttpStatusCode.UnsupportedMediaType),
            ("text/plain", "{}", HttpStatusCode.UnsupportedMediaType),
            ("application/x-www-form-urlencoded", "email=a", HttpStatusCode.UnsupportedMediaType),
        ];
        foreach (var (type, body, status) in bodies)
            (await SendAsync(site, "/api/v1/subscribe", type, body)).ShouldBe(status, $"{type} {body[..Math.Min(40, body.Length)]}");
    }

    [Fact]
    public async Task NULs_find_nothing_and_break_nothing()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", Password));
        var signedIn = await site.PostAsync("/admin/sign-in", ("password", Password));
        site.Browser.DefaultRequestHeaders.Add("Cookie", signedIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        foreach (var path in (string[])[
            "/admin/readers?q=%00", "/admin/readers?q=a%00b", "/admin/suppressions?address=a%00%40mail.example", "/search?q=a%00", "/api/v1/search?q=%00",
            "/?topics=%00", "/papers?until=%00", "/api/v1/papers?listed_on=%00"])
            (await site.Browser.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.BadRequest, path);
        foreach (var path in (string[])["/admin/sign-in", "/admin/hold"])
            (await SendAsync(site, path, "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nabc")).ShouldBe(HttpStatusCode.BadRequest, path);
        (await site.PostAsync("/admin/hold", ("token", "a"), ("because", "\0"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("57P03", true)]
    [InlineData("57P01", true)]
    [InlineData("53300", true)]
    [InlineData("08006", true)]
    [InlineData("25006", true)]
    [InlineData("40P01", true)]
    [InlineData("42P01", false)]
    [InlineData("22021", false)]
    [InlineData("23505", false)]
    public void A_database_that_restarts_is_an_interruption_and_a_wrong_statement_a_failure(string state, bool isInterruption)
    {
        var failure = new Npgsql.PostgresException("no", "FATAL", "FATAL", state);

        Outage.IsOfDatabase(failure).ShouldBe(isInterruption);
        Outage.IsOfDatabase(new System.Data.DataException("wrapped", failure)).ShouldBe(isInterruption);
    }

    [Fact]
    public async Task A_statement_that_the_restarting_database_refuses_is_answered_with_503()
    {
        await using var site = await Site.OpenAsync(apps);
        await site.Database.ExecuteAsync(
            """
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'the database system is starting up' using errcode = '57P03'; end $$;
            create trigger refuse before insert on subscribers for each row execute function refuse();
            """,
            null,
            CancellationToken.None);

        (await site.SignUpAsync("ada@mail.example")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    private static async Task<HttpStatusCode> SendAsync(Site site, string path, string type, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return (await site.Browser.PostAsync(new Uri(path, UriKind.Relative), content)).StatusCode;
    }
}
