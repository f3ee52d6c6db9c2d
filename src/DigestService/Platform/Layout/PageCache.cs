using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using NodaTime;

namespace DigestService.Platform.Layout;

/// <summary>
/// Public pages as the octets they were rendered to, by language, until something they are made of changes, and for a minute
/// at most: what is trending fades with time, and a new day begins without a change.
/// </summary>
internal sealed class PageCache(Database database)
{
    private const long MostOctets = 64L << 20;
    private const int LongestKey = 2_000;

    private static readonly string[] Places =
        ["/paper", "/topics", "/search", "/trending", "/category/", "/feed.atom", "/sitemap.xml", "/manage"];

    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, KeptPage> _pages = new(StringComparer.Ordinal);
    private CheckedState? _state;
    private int _isAsking;
    private long _octets;

    /// <summary>How long the database's word that nothing has changed is believed.</summary>
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Answers from what is kept; what is not goes on, and its page is kept on the way back.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var request = http.Request;
        var key = IsOfAll(request) ? string.Concat(PageLanguage.Of(http), request.Path.Value, request.QueryString.Value) : "";
        if (key.Length is 0 or > LongestKey || await StateAsync(http.RequestAborted) is not { } state)
        {
            await next(http);
            return;
        }

        if (_pages.TryGetValue(key, out var page))
        {
            if (page.State == state && Stopwatch.GetElapsedTime(page.KeptAt) < KeptFor)
            {
                await page.WriteAsync(http);
                return;
            }

            Forget(key, page);
        }

        http.Features.Set(new PageRequest(this, key, state));
        await next(http);
    }

    /// <summary>Answers with public content: by its tag alone where the asker holds it, and keeps it for the next.</summary>
    public static Task AnswerAsync(HttpContext http, byte[] content, string contentType)
    {
        var page = new KeptPage(content, contentType);
        if (http.Features.Get<PageRequest>() is { } request)
            request.Cache.Keep(request, page);
        return page.WriteAsync(http);
    }

    /// <summary>Whether a public page is asked for; no other request asks the database whether something has changed.</summary>
    private static bool IsOfAll(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return false;
        var path = request.Path.Value.AsSpan();
        return path is "/" || (path.Length > 1 && Places.Any(place => request.Path.Value!.StartsWith(place, StringComparison.Ordinal)));
    }

    private void Keep(PageRequest request, KeptPage page)
    {
        // Simple, and rare: what is asked for often is back within a second.
        if (Interlocked.Read(ref _octets) > MostOctets)
        {
            foreach (var (key, held) in _pages)
                Forget(key, held);
        }

        page.State = request.State;
        page.KeptAt = Stopwatch.GetTimestamp();
        if (_pages.TryAdd(request.Key, page))
            Interlocked.Add(ref _octets, page.Octets + request.Key.Length);
    }

    private void Forget(string key, KeptPage page)
    {
        if (_pages.TryRemove(KeyValuePair.Create(key, page)))
            Interlocked.Add(ref _octets, -(page.Octets + key.Length));
    }

    // Null in an outage: the request goes on and meets it.
    private ValueTask<CatalogueChanges?> StateAsync(CancellationToken ct)
    {
        var known = Volatile.Read(ref _state);
        if (known is not null && Stopwatch.GetElapsedTime(known.At) < CheckEvery)
            return new(known.State);
        // While one asks, the others go by what was known.
        return Interlocked.Exchange(ref _isAsking, 1) == 0 ? new(CheckAsync(ct)) : new(known?.State);
    }

    private async Task<CatalogueChanges?> CheckAsync(CancellationToken ct)
    {
        try
        {
            var at = Stopwatch.GetTimestamp();
            var state = await CatalogueChanges.ReadAsync(database, ct);
            Volatile.Write(ref _state, new CheckedState(state, at));
            return state;
        }
        catch (Exception outage) when (Outage.IsOfDatabase(outage))
        {
            Volatile.Write(ref _state, null);
            return null;
        }
        finally
        {
            Volatile.Write(ref _isAsking, 0);
        }
    }

    private sealed record CheckedState(CatalogueChanges State, long At);

    private sealed record PageRequest(PageCache Cache, string Key, CatalogueChanges State);

    /// <summary>A page with its headers, ready to be sent.</summary>
    private sealed class KeptPage(byte[] content, string contentType)
    {
        private static readonly StringValues Control = "public, max-age=60";
        private static readonly StringValues Varies = new([HeaderNames.AcceptLanguage, HeaderNames.AcceptEncoding]);

        private readonly StringValues _contentType = contentType;
        private readonly string _mark = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 10));
        private readonly IReadOnlyList<int> _stampPlaces = FormStamps.PlacesIn(content);
        private DayTag? _tag;
        private byte[]? _packed;

        public CatalogueChanges? State { get; set; }

        public long KeptAt { get; set; }

        public int Octets => content.Length;

        public Task WriteAsync(HttpContext http)
        {
            var headers = http.Response.Headers;
            headers.CacheControl = Control;
            headers.Vary = Varies;
            var stamps = _stampPlaces.Count == 0 ? null : http.RequestServices.GetRequiredService<FormStamps>();
            var isPacked = PackedContent.IsWanted(http.Request, content.Length);
            var tag = TagOf(stamps?.Today ?? default, isPacked);
            headers.ETag = tag;
            if (IsHeld(tag, http.Request.Headers.IfNoneMatch))
            {
                http.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }

            headers.ContentType = _contentType;
            var body = stamps?.Stamped(content, _stampPlaces) ?? content;
            if (isPacked)
            {
                headers.ContentEncoding = PackedContent.Encoding;
                body = stamps is null ? _packed ??= PackedContent.Of(content) : PackedContent.Of(body);
            }

            headers.ContentLength = body.Length;
            return http.Response.Body.WriteAsync(body, 0, body.Length, http.RequestAborted);
        }

        // A form that somebody holds is good for a day: the day is part of its page's tag.
        private string TagOf(LocalDate day, bool isPacked)
        {
            var known = _tag;
            if (known is null || known.Day != day)
            {
                var mark = day == default ? _mark : string.Create(CultureInfo.InvariantCulture, $"{_mark}{day:uuuuMMdd}");
                _tag = known = new DayTag(day, $"\"{mark}\"", $"\"{mark}a\"");
            }

            return isPacked ? known.Packed : known.Plain;
        }

        // A tag is hexadecimal and in quotation marks: none is part of another. A proxy that compresses makes it weak.
        private static bool IsHeld(string tag, StringValues asked)
        {
            foreach (var held in asked)
            {
                if (held is not null && (held.Contains(tag, StringComparison.Ordinal) || held.Trim() == "*"))
                    return true;
            }

            return false;
        }
    }

    // What is packed is another representation, with another tag (RFC 9110, section 8.8.3.3).
    private sealed record DayTag(LocalDate Day, string Plain, string Packed);
}
