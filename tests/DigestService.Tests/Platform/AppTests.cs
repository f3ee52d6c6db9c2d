using DigestService.Platform;

namespace DigestService.Tests.Platform;

public sealed class AppTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Every_service_can_be_made_and_reads_the_one_clock()
    {
        var app = await apps.CreateAsync(("Site__Name", "Papers at Seven"));

        app.Service<SiteOptions>().Name.ShouldBe("Papers at Seven");
        app.Service<NodaTime.IClock>().ShouldBe(app.Clock);
    }
}
