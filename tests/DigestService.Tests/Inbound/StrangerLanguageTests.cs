namespace DigestService.Tests.Inbound;

/// <summary>Whoever is unknown is answered in the language of what they asked for, where it is one.</summary>
public sealed class StrangerLanguageTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private const string Ada = "ada@reader.example";

    [Theory]
    [InlineData("abonner", "", "fr")]
    [InlineData("", "Je voudrais m'abonner", "fr")]
    [InlineData("suscribir", "", "es")]
    [InlineData("alta", "", "es")]
    [InlineData("订阅", "", "zh")]
    [InlineData("訂閱", "", "zh")]
    [InlineData("abonnieren", "", "de")]
    [InlineData("Anmelden", "", "de")]
    [InlineData("subscribe", "", "en")]
    [InlineData("", "subscribe\nabonnieren", "en")]
    [InlineData("", "abonner\nabonnieren", "en")]
    [InlineData("abonner", "language es", "es")]
    [InlineData("subscribe", "sprache fr", "fr")]
    public async Task A_sign_up_is_confirmed_in_the_language_it_was_written_in(string subject, string text, string language)
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        (await bed.WriteAsync(Ada, subject, text)).Action.ShouldBe("confirmation_sent");

        (await LanguageAsync(bed)).ShouldBe(language);
        (await bed.ColumnAsync(Ada, "language")).ShouldBe(language);
    }

    [Theory]
    [InlineData("aide", "", "fr")]
    [InlineData("ayuda", "", "es")]
    [InlineData("帮助", "", "zh")]
    [InlineData("Hilfe", "", "de")]
    [InlineData("help", "", "en")]
    [InlineData("", "thèmes", "fr")]
    [InlineData("Einstellungen", "", "de")]
    [InlineData("status", "", "en")]
    [InlineData("", "2 Wochen Pause", "de")]
    [InlineData("", "¿Cómo puedo suscribirme?", "es")]
    [InlineData("", "How do I unsubscribe?", "en")]
    public async Task A_stranger_is_answered_in_the_language_of_their_wish(string subject, string text, string language)
    {
        var bed = await InboundTestBed.OpenAsync(apps);

        await bed.WriteAsync(Ada, subject, text);

        (await LanguageAsync(bed)).ShouldBe(language);
    }

    [Fact]
    public async Task Who_is_known_keeps_the_language_they_chose()
    {
        var bed = await InboundTestBed.OpenAsync(apps);
        await bed.WriteAsync(Ada, "subscribe", "language de");
        bed.Advance(NodaTime.Duration.FromDays(8));

        await bed.WriteAsync(Ada, "aide", "");
        (await LanguageAsync(bed)).ShouldBe("de");
        await bed.WriteAsync(Ada, "subscribe", "");

        (await bed.ColumnAsync(Ada, "language")).ShouldBe("de");
    }

    private static async Task<string> LanguageAsync(InboundTestBed bed) => (await bed.LatestToAsync(Ada)).Find("text/html")!.Text().Split("<html lang=\"")[1][..2];
}
