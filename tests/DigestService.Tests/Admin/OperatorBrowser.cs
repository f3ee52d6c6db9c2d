using System.Net;
using System.Text.RegularExpressions;
using DigestService.Tests.Journeys;

namespace DigestService.Tests.Admin;

/// <summary>A browser in which the operator has signed in with <see cref="Password"/>.</summary>
internal static partial class OperatorBrowser
{
    public const string Password = "correct horse";

    public static async Task<HttpClient> SignInAsync(Site site)
    {
        // The cookie is for https alone, and the test's server is not.
        var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = site.Browser.BaseAddress };
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("password", Password)]);
        var answer = await browser.PostAsync("/admin/sign-in", form);
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        browser.DefaultRequestHeaders.Add("Cookie", answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        return browser;
    }

    /// <summary>Sends a form with the token that stands on a page.</summary>
    public static async Task<HttpResponseMessage> PostFormAsync(this HttpClient browser, string page, string path, params (string Name, string Value)[] fields)
    {
        var token = Token().Match(await browser.GetStringAsync(page)).Groups["token"].Value;
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("token", token), .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))]);
        return await browser.PostAsync(path, form);
    }

    [GeneratedRegex("name=\"token\" value=\"(?<token>[^\"]+)\"")]
    private static partial Regex Token();
}
