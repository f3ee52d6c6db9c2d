using DigestService.Mails.Gallery;
using DigestService.Platform.Layout;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigestService.Tests.Mails;

public sealed class MailGalleryPageTests
{
    [Fact]
    public async Task A_mail_is_shown_with_its_own_styles_and_its_text_without_any()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new MailTestBed().Gallery);
        await using var web = builder.Build();
        web.Urls.Add("http://127.0.0.1:0");
        web.Use((http, next) =>
        {
            SiteHeaders.Set(http.Response.Headers);
            return next(http);
        });
        MailGalleryPage.Map(web);
        await web.StartAsync();
        using var browser = new HttpClient { BaseAddress = new Uri(web.Urls.Single()) };

        using var mail = await browser.GetAsync("/dev/mails/digest-zh/html");
        using var text = await browser.GetAsync("/dev/mails/digest-zh/text");

        mail.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldContain("style-src 'unsafe-inline'");
        text.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldNotContain("unsafe-inline");
        (await browser.GetAsync("/dev/mails/none/html")).StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);
    }
}
