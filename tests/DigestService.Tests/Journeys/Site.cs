using System.Net;
using System.Text;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Topics;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace DigestService.Tests.Journeys;

/// <summary>The real host with its pages on a port of its own, over a fresh database, and a browser that follows nothing by itself.</summary>
internal sealed class Site : IAsyncDisposable
{
    private const int TokenLength = 50;
    private readonly ServeHost _host;

    private Site(ServeHost host, TestClock clock)
    {
        _host = host;
        Clock = clock;
        Browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(host.Urls[0]),
        };
    }

    /// <summary>The clock all parts read: Wednesday 2026-03-04, 05:00 UTC.</summary>
    public TestClock Clock { get; }

    /// <summary>Sends what it is told to.</summary>
    public HttpClient Browser { get; }

    /// <summary>The site's database.</summary>
    public Database Database => Service<Database>();

    /// <summary>Every route of the site.</summary>
    public IEnumerable<Microsoft.AspNetCore.Routing.RouteEndpoint> Routes =>
        Service<Microsoft.AspNetCore.Routing.EndpointDataSource>().Endpoints.OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>();

    /// <summary>Starts a site with the catalogue of topics.</summary>
    public static async Task<Site> OpenAsync(AppFixture apps, params IEnumerable<(string Key, string Value)> settings)
    {
        var clock = new TestClock();
        var configuration = await apps.CreateConfigurationAsync([("Site__BaseUrl", "https://digest.example"), .. settings]);
        var host = await ServeHost.StartAsync(configuration, clock, Roles.Web, CancellationToken.None);
        var site = new Site(host, clock);
        // Tests look at once at what they have just written.
        site.Service<PageCache>().CheckEvery = TimeSpan.Zero;
        await site.Service<TopicCatalogue>().LoadAsync(CancellationToken.None);
        return site;
    }

    /// <summary>A registered service.</summary>
    public T Service<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    /// <summary>Adds a paper listed on a day; its id is returned.</summary>
    public Task<long> AddPaperAsync(string title, LocalDate? listedOn = null, int upvotes = 10, string text = "An abstract. With two sentences.", string? url = null) =>
        Database.QuerySingleOrDefaultAsync<long>(
            """
            insert into papers (title, original_title, abstract, authors, url, upvotes, first_listed_on, created_at, updated_at)
            values (@title, @title, @text, '{Ada Lovelace,Charles Babbage}', @url, @upvotes, @day, @now, @now)
            returning id
            """,
            new { title, text, url, upvotes, day = listedOn ?? new LocalDate(2026, 3, 3), now = Clock.Now },
            CancellationToken.None);

    /// <summary>Signs an address up as the front page's form does.</summary>
    public Task<HttpResponseMessage> SignUpAsync(string email, params (string Name, string Value)[] fields) =>
        PostAsync("/subscribe", [("email", email), .. fields]);

    /// <summary>Sends a form.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        return await Browser.PostAsync(new Uri(path, UriKind.Relative), form);
    }

    /// <summary>Signs up and confirms; the path of the preferences.</summary>
    public async Task<string> SubscribeAsync(string email, params (string Name, string Value)[] fields)
    {
        await SignUpAsync(email, fields);
        var confirmed = await PostAsync(await LinkInMailAsync(email, "confirm"));
        confirmed.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        return confirmed.Headers.Location!.OriginalString.Split('?')[0];
    }

    /// <summary>The path of a link in the latest mail to an address that holds one, as a reader of the plain text sees it.</summary>
    public async Task<string> LinkInMailAsync(string email, string kind)
    {
        var texts = await MailsAsync(email);
        var text = texts.FirstOrDefault(mail => mail.Contains($"https://digest.example/{kind}/", StringComparison.Ordinal)) ?? (texts.Count > 0 ? texts[0] : "");
        var start = text.IndexOf($"https://digest.example/{kind}/", StringComparison.Ordinal);
        start.ShouldBeGreaterThan(-1, $"a {kind} link in:\n{text}");
        return text.Substring(start + "https://digest.example".Length, $"/{kind}/".Length + TokenLength);
    }

    /// <summary>The text part of the latest mail to an address.</summary>
    public async Task<string> LatestMailAsync(string email) =>
        await MailsAsync(email) is [var latest, ..] ? latest : throw new ShouldAssertException($"no mail to {email}");

    /// <summary>The path that saves the first paper of the last mail to an address.</summary>
    public async Task<string> SaveLinkAsync(string email)
    {
        var text = await LatestMailAsync(email);
        var end = text.IndexOf("/save", StringComparison.Ordinal);
        var start = text.LastIndexOf("https://digest.example/f/", end, StringComparison.Ordinal);
        return text[(start + "https://digest.example".Length)..(end + "/save".Length)];
    }

    private async Task<IReadOnlyList<string>> MailsAsync(string email)
    {
        var messages = await StoredMail.AllAsync(Database, email);
        return [.. messages.Select(message => Encoding.UTF8.GetString(message).Replace("=\r\n", "", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal))];
    }

    /// <summary>How many mails of a kind wait for an address.</summary>
    public Task<int> CountMailsAsync(string email, string? kind = null) => Database.QuerySingleOrDefaultAsync<int>(
        "select count(*)::int from deliveries where recipient = @email and (@kind::text is null or kind = @kind)",
        new { email, kind },
        CancellationToken.None);

    /// <summary>One column of one reader's row, as text.</summary>
    public Task<string?> ColumnAsync(string email, string column) => Database.QuerySingleOrDefaultAsync<string>(
        $"select ({column})::text from subscribers where address_key = @email", new { email }, CancellationToken.None);

    /// <summary>All tables that hold what readers said, in one text: equal before and after means that nothing changed.</summary>
    public async Task<string> EverythingAsync() => await Database.QuerySingleOrDefaultAsync<string>(
        """
        select concat_ws(E'\n',
            (select json_agg(s order by s.id) from subscribers s),
            (select json_agg(p order by p.subscriber_id, p.query_id) from preferences p),
            (select json_agg(f order by f.subscriber_id, f.paper_id, f.kind) from feedback f),
            (select json_agg(s order by s.address_hash) from suppressions s),
            (select json_agg(q order by q.id) from queries q),
            (select json_agg(json_build_object('id', d.id, 'state', d.state) order by d.id) from deliveries d))
        """,
        null,
        CancellationToken.None) ?? "";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        await _host.DisposeAsync();
    }
}
