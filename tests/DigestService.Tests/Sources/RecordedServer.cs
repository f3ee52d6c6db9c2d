using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DigestService.Tests.Sources;

/// <summary>A source on loopback that answers what a test says, in order, the last answer for ever.</summary>
internal sealed class RecordedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _asked = new();

    private RecordedServer(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public string Url => _app.Urls.First();

    /// <summary>Every path and query asked for.</summary>
    public IReadOnlyList<string> Asked => [.. _asked];

    /// <summary>Starts one whose answers <paramref name="answer"/> writes; it is told how many came before.</summary>
    public static async Task<RecordedServer> StartAsync(Func<HttpContext, int, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MinResponseDataRate = null);
        var app = builder.Build();
        var server = new RecordedServer(app);
        app.Run(async context =>
        {
            int before;
            lock (server._asked)
            {
                before = server._asked.Count;
                server._asked.Enqueue(context.Request.Path + context.Request.QueryString);
            }

            await answer(context, before);
        });
        await app.StartAsync();
        return server;
    }

    /// <summary>Starts one that answers every request alike.</summary>
    public static Task<RecordedServer> AlwaysAsync(string body, string type = "application/json", int status = 200) =>
        StartAsync((context, _) => context.AnswerAsync(body, type, status));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>Ways to answer.</summary>
internal static class Answering
{
    public static Task AnswerAsync(this HttpContext context, string body, string type = "application/json", int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(body);
    }

    public static async Task AnswerPackedAsync(this HttpContext context, string body, string encoding = "gzip")
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.ContentEncoding = encoding;
        await using var packed = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
        await packed.WriteAsync(Encoding.UTF8.GetBytes(body));
    }
}
