using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace DigestService.Platform.Layout;

/// <summary>
/// The style sheet and the scripts, carried in the program. Their URLs name their content, so that browsers keep
/// them for ever and a new version is never mistaken for the old one.
/// </summary>
internal static class SiteAssets
{
    private static readonly Asset Sheet = Asset.Load("site.css", "text/css; charset=utf-8");
    private static readonly Asset Zone = Asset.Load("zone.js", "text/javascript; charset=utf-8");
    private static readonly Asset Settings = Asset.Load("settings.js", "text/javascript; charset=utf-8");
    private static readonly Asset Once = Asset.Load("once.js", "text/javascript; charset=utf-8");

    /// <summary>Path of the style sheet.</summary>
    public static string Css => Sheet.Path;

    /// <summary>Path of the script that guesses the reader's zone.</summary>
    public static string ZoneScript => Zone.Path;

    /// <summary>Path of the script that tries settings as they are typed.</summary>
    public static string SettingsScript => Settings.Path;

    /// <summary>Path of the script that sends a form once, however often its button is clicked.</summary>
    public static string OnceScript => Once.Path;

    /// <summary>Serves them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var asset in new[] { Sheet, Zone, Settings, Once })
        {
            routes.MapPage(asset.Path, (HttpContext http) =>
            {
                http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
                if (!PackedContent.IsWanted(http.Request, asset.Content.Length))
                    return Results.Bytes(asset.Content, asset.ContentType);
                http.Response.Headers.ContentEncoding = PackedContent.Encoding;
                return Results.Bytes(asset.Packed, asset.ContentType);
            });
        }
    }

    private sealed record Asset(string Path, byte[] Content, string ContentType)
    {
        public byte[] Packed { get; } = PackedContent.Of(Content);

        public static Asset Load(string name, string contentType)
        {
            using var stream = typeof(SiteAssets).Assembly.GetManifestResourceStream(name)
                ?? throw new InvalidOperationException($"{name} is not in the program.");
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            var version = Convert.ToHexStringLower(SHA256.HashData(content))[..12];
            var dot = name.LastIndexOf('.');
            return new Asset($"/assets/{name[..dot]}-{version}{name[dot..]}", content, contentType);
        }
    }
}
