using System.Net;
using DigestService.Platform.Layout;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;

namespace DigestService.Tests.Journeys;

/// <summary>Every way in has its limits: by network, by address, and in all where a stranger may be mailed.</summary>
public sealed class EntryLimitTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Victim = "victim@new.example";

    [Fact]
    public async Task Every_form_and_all_of_the_api_is_limited_by_network_but_the_way_out()
    {
        await using var site = await Site.OpenAsync(apps, ("Admin__Password", "correct horse"));

        var open = site.Routes
            .Where(route => route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("POST") == true || route.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal))
            .Where(route => route.Metadata.GetMetadata<EnableRateLimitingAttribute>() is null || route.Metadata.GetMetadata<DisableRateLimitingAttribute>() is not null)
            .Select(route => "/" + route.RoutePattern.RawText!.Trim('/'))
            // The operator's pages are behind a password whose attempts are limited, their API behind a key with a quota; webhooks are signed.
            .Where(route => !route.StartsWith("/admin/", StringComparison.Ordinal) && !route.StartsWith("/api/v1/operator/", StringComparison.Ordinal) && !route.StartsWith("/inbound/", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal);

        open.Order(StringComparer.Ordinal).ShouldBe(["/api/v1/unsubscribe/{token}", "/unsubscribe/{token}"]);
    }

    [Fact]
    public async Task A_network_that_sends_one_form_after_another_is_stopped_and_told_when_to_go_on_but_may_always_leave()
    {
        await using var site = await Site.OpenAsync(apps, ("Site__TrustedProxies__0", "127.0.0.1"));
        var preferences = await site.SubscribeAsync("ada@mail.example");
        var unsubscribe = await site.LinkInMailAsync("ada@mail.example", "unsubscribe");

        var (sent, refused) = (0, await FromAsync(preferences, ("action", "none")));
        for (; sent < 3_000 && refused.StatusCode != HttpStatusCode.TooManyRequests; sent++)
            refused = await FromAsync(preferences, ("action", "none"));

        sent.ShouldBeInRange(300, 2_999);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await FromAsync(unsubscribe)).StatusCode.ShouldNotBe(HttpStatusCode.TooManyRequests);

        async Task<HttpResponseMessage> FromAsync(string path, params (string Name, string Value)[] fields)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            request.Headers.Add("X-Forwarded-For", "203.0.113.7");
            request.Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
            return await site.Browser.SendAsync(request);
        }
    }

    [Fact]
    public async Task A_strangers_address_is_mailed_for_three_readers_who_wish_to_move_there_and_for_no_more_that_day()
    {
        await using var site = await Site.OpenAsync(apps);
        for (var reader = 0; reader < 5; reader++)
        {
            var preferences = await site.SubscribeAsync($"reader{reader}@mail.example");
            (await site.PostAsync(preferences, ("action", "move"), ("new_address", Victim))).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await site.CountMailsAsync(Victim)).ShouldBe(3);
    }

    [Fact]
    public async Task Wishes_to_move_count_among_the_hours_mails_to_strangers()
    {
        await using var site = await Site.OpenAsync(apps, ("Subscribers__SignUpMailsAnHour", "2"));
        var preferences = await site.SubscribeAsync("ada@mail.example");

        var first = await site.PostAsync(preferences, ("action", "move"), ("new_address", Victim));
        var second = await site.PostAsync(preferences, ("action", "move"), ("new_address", "other@new.example"));

        (first.StatusCode, second.StatusCode).ShouldBe((HttpStatusCode.OK, HttpStatusCode.BadRequest));
        (await site.CountMailsAsync("other@new.example")).ShouldBe(0);
        (await site.SignUpAsync("eve@mail.example")).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }
}
