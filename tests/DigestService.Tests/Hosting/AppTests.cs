using DigestService.Hosting;
using DigestService.Platform;

namespace DigestService.Tests.Hosting;

public sealed class AppTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Settings_and_clock_reach_every_feature()
    {
        var app = await apps.CreateAsync(("Site__Name", "Papers at Seven"));

        app.Service<SiteOptions>().Name.ShouldBe("Papers at Seven");
        app.Service<NodaTime.IClock>().ShouldBe(app.Clock);
    }
}
