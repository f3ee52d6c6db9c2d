using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DigestService.Mail;
using DigestService.Platform;
using NodaTime;
using Polly;
using Polly.Retry;

namespace DigestService.Sources;

/// <summary>
/// The one way out to sources: only to the addresses they are configured with, one request at a time and with a pause in
/// between, never to a private network by name or redirect, never more than the limit, never longer than the deadline.
/// </summary>
internal sealed class SourceHttp : IDisposable
{
    private const int MaxRedirects = 4;

    // A server that asks for a year's patience has made a mistake.
    private static readonly TimeSpan MostPatience = TimeSpan.FromDays(2);
    private static readonly string UserAgent = $"digest-service/{ProgramVersion.Text} (daily digest of papers; polite client)";

    private readonly SourceHttpOptions _options;
    private readonly IClock _clock;
    private readonly TimeProvider _time;
    private readonly HashSet<(string Scheme, string Host, int Port)> _allowed;
    private readonly HashSet<string> _configuredHosts;
    private readonly TimeSpan _spacing;
    private readonly HttpClient _client;
    private readonly ResiliencePipeline<SourceAnswer> _patience;
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private long _lastEnded;

    /// <summary>A client for one source.</summary>
    /// <param name="options">Limits.</param>
    /// <param name="bases">The addresses it may go to; others of the same scheme, host and port may be asked too.</param>
    /// <param name="spacing">The pause between two requests.</param>
    /// <param name="clock">For Retry-After dates.</param>
    /// <param name="time">For pauses and deadlines.</param>
    public SourceHttp(SourceHttpOptions options, IEnumerable<Uri> bases, TimeSpan spacing, IClock clock, TimeProvider time)
    {
        _options = options;
        _clock = clock;
        _time = time;
        _spacing = spacing;
        _allowed = bases.Select(address => (address.Scheme, address.IdnHost, address.Port)).ToHashSet();
        _configuredHosts = _allowed.Select(authority => authority.Host.Trim('[', ']')).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            // Through a proxy the address could not be checked.
            UseProxy = false,
            MaxConnectionsPerServer = 1,
            MaxResponseHeadersLength = 64,
            ConnectTimeout = TimeSpan.FromSeconds(Math.Min(20, options.TimeoutSeconds)),
            ConnectCallback = ConnectAsync,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = BelieveOrSayWhyNot },
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _patience = BuildPatience();
    }

    /// <summary>
    /// Asks for <paramref name="address"/>, patiently; every status but busy ones is an answer. A server that asked to be left
    /// alone is, and where <paramref name="marks"/> are those of the last answer, 304 says that it has not changed.
    /// </summary>
    /// <exception cref="SourceFaultException">There is no answer to be had, or none that may be read.</exception>
    public async Task<SourceAnswer> GetAsync(Uri address, AnswerMemory memory, AnswerMarks? marks, CancellationToken ct)
    {
        var now = _clock.GetCurrentInstant();
        // What was noted while a clock was ahead says nothing now.
        if (memory.NotBefore(address) is { } until && until > now && until - now <= Duration.FromTimeSpan(MostPatience))
            throw new SourceFaultException($"{address.Host} asked to be left alone until {until.InUtc():uuuu-MM-dd HH:mm} UTC.") { IsOfServer = true };
        await _oneAtATime.WaitAsync(ct);
        try
        {
            return await _patience.ExecuteAsync(async token => await FollowAsync(address, marks, token), ct);
        }
        catch (BusyException busy)
        {
            if (!busy.IsWorthWaiting && busy.RetryAfter is { } wait)
                memory.LeaveAlone(address, _clock.GetCurrentInstant() + Duration.FromTimeSpan(wait < MostPatience ? wait : MostPatience));
            throw new SourceFaultException(busy.Message, busy.InnerException) { IsOfServer = busy.IsOfServer };
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _oneAtATime.Dispose();
    }

    /// <summary>Whether an address belongs to the public internet.</summary>
    internal static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            var octets = address.GetAddressBytes();
            // Only 2000::/3 is given out; of it, 2002::/16 and 64:ff9b::/96 lead to IPv4 addresses, 2001::/32 through tunnels.
            return (octets[0] & 0xE0) == 0x20 && !(octets[0] == 0x20 && octets[1] == 0x02) && !(octets[0] == 0x20 && octets[1] == 0x01 && octets[2] == 0 && octets[3] == 0)
                && !(octets[0] == 0x20 && octets[1] == 0x01 && octets[2] == 0x0D && octets[3] == 0xB8);
        }

        var b = address.GetAddressBytes();
        return !(b[0] is 0 or 10 or 127 or >= 224
            || (b[0] == 100 && b[1] is >= 64 and <= 127)
            || (b[0] == 169 && b[1] == 254)
            || (b[0] == 172 && b[1] is >= 16 and <= 31)
            || (b[0] == 192 && b[1] == 168)
            || (b[0] == 192 && b[1] == 0 && b[2] is 0 or 2)
            || (b[0] == 198 && b[1] is 18 or 19)
            || (b[0] == 198 && b[1] == 51 && b[2] == 100)
            || (b[0] == 203 && b[1] == 0 && b[2] == 113));
    }

    private ResiliencePipeline<SourceAnswer> BuildPatience() => new ResiliencePipelineBuilder<SourceAnswer> { TimeProvider = _time }
        .AddRetry(new RetryStrategyOptions<SourceAnswer>
        {
            MaxRetryAttempts = Math.Max(1, _options.Retries),
            ShouldHandle = arguments => ValueTask.FromResult(_options.Retries > 0 && arguments.Outcome.Exception is BusyException { IsWorthWaiting: true }),
            Delay = TimeSpan.FromSeconds(_options.RetrySeconds),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            DelayGenerator = arguments => ValueTask.FromResult((arguments.Outcome.Exception as BusyException)?.RetryAfter),
        })
        .Build();

    private async Task<SourceAnswer> FollowAsync(Uri address, AnswerMarks? marks, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(_options.TimeoutSeconds), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        for (var redirects = 0; ; redirects++)
        {
            Check(address);
            await PauseAsync(ct);
            if (redirects == 0)
                deadline.CancelAfter(TimeSpan.FromSeconds(_options.TimeoutSeconds));
            try
            {
                var (answer, next) = await AskAsync(address, marks, either.Token);
                if (answer is not null)
                    return answer;
                if (next is null || redirects == MaxRedirects)
                    throw new SourceFaultException($"{address.Host} redirects without end or without an address.");
                address = next;
            }
            catch (OperationCanceledException late) when (!ct.IsCancellationRequested)
            {
                throw new BusyException($"{address.Host} did not answer within {_options.TimeoutSeconds} seconds.", null, true, late) { IsOfServer = true };
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException && broken.GetBaseException() is not SourceFaultException)
            {
                throw new BusyException(
                    broken is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }
                        ? TlsWords.BrokenHandshake(address.Host)
                        : $"{address.Host} cannot be reached or broke off: {broken.GetBaseException().Message.TrimEnd('.')}.",
                    null,
                    true,
                    broken) { IsOfServer = true };
            }
            catch (HttpRequestException refused) when (refused.GetBaseException() is SourceFaultException fault)
            {
                throw new SourceFaultException(fault.Message, refused) { IsOfServer = fault.IsOfServer };
            }
            finally
            {
                _lastEnded = _time.GetTimestamp();
            }
        }
    }

    private void Check(Uri address)
    {
        if (!_allowed.Contains((address.Scheme, address.IdnHost, address.Port)))
            throw new SourceFaultException($"{address.Scheme}://{address.Authority} is not an address this source is configured with.");
    }

    private async Task PauseAsync(CancellationToken ct)
    {
        if (_lastEnded == 0)
            return;
        var left = _spacing - _time.GetElapsedTime(_lastEnded);
        if (left > TimeSpan.Zero)
            await Task.Delay(left, _time, ct);
    }

    private async Task<(SourceAnswer? Answer, Uri? Next)> AskAsync(Uri address, AnswerMarks? marks, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        if (marks?.ETag is { } etag)
            request.Headers.TryAddWithoutValidation("If-None-Match", etag);
        if (marks?.LastModified is { } modified)
            request.Headers.TryAddWithoutValidation("If-Modified-Since", modified);
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        switch (response.StatusCode)
        {
            case HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect:
                return (null, response.Headers.Location is { } location && Uri.TryCreate(address, location, out var next) ? next : null);
            case HttpStatusCode.NotModified when marks is not null:
                return (new SourceAnswer(address, response.StatusCode, []) { Marks = marks }, null);
            // Proxies have numbers of their own, such as 520 to 530, for a server that is busy or away.
            case HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                throw Busy(address, response);
        }

        var body = await ReadAsync(address, response, ct);
        if (IsWebPage(body))
            throw new SourceFaultException($"{address.Host} answered with a web page where data was asked for (HTTP {(int)response.StatusCode}).");
        return (new SourceAnswer(address, response.StatusCode, body) { Charset = response.Content.Headers.ContentType?.CharSet, Marks = MarksOf(response) }, null);
    }

    private static AnswerMarks? MarksOf(HttpResponseMessage response)
    {
        var etag = response.Headers.ETag?.ToString();
        var modified = response.Content.Headers.LastModified?.ToString("R", CultureInfo.InvariantCulture);
        return etag is null && modified is null ? null : new AnswerMarks(etag is { Length: > 500 } ? null : etag, modified);
    }

    private BusyException Busy(Uri address, HttpResponseMessage response)
    {
        var after = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => (Instant.FromDateTimeOffset(date) - _clock.GetCurrentInstant()).ToTimeSpan(),
            _ => (TimeSpan?)null,
        };
        if (after < TimeSpan.Zero)
            after = TimeSpan.Zero;
        var isWorthWaiting = after is null || after <= TimeSpan.FromSeconds(_options.MaxRetryAfterSeconds);
        var wish = after is { } wait ? $" and asks to wait {Quantities.Count((long)Math.Round(wait.TotalSeconds), "second", "seconds")}" : "";
        return new BusyException($"{address.Host} answers HTTP {(int)response.StatusCode}{wish}.", after, isWorthWaiting, null)
        {
            IsOfServer = !isWorthWaiting || response.StatusCode == HttpStatusCode.TooManyRequests,
        };
    }

    private async Task<byte[]> ReadAsync(Uri address, HttpResponseMessage response, CancellationToken ct)
    {
        if (response.Content.Headers.ContentLength > (long)_options.MaxMegabytes << 20)
            throw TooLong(address);
        // Their names know no case (RFC 9110, section 8.4.1).
        var encodings = response.Content.Headers.ContentEncoding.Select(encoding => encoding.ToLowerInvariant()).ToList();
        if (encodings.Exists(encoding => encoding is not ("gzip" or "x-gzip" or "identity")) || encodings.Count > 1)
            throw new SourceFaultException($"{address.Host} packs its answer in a way nobody asked for.");
        await using var raw = await response.Content.ReadAsStreamAsync(ct);
        var body = await ReadToEndAsync(address, raw, ct);
        if (encodings is not [not "identity"])
            return body;
        try
        {
            // Unpacked once it is there: an unpacker that waits for the network hears of no deadline.
            await using var unpacked = new PackedStream(new MemoryStream(body, writable: false));
            return await ReadToEndAsync(address, unpacked, ct);
        }
        catch (InvalidDataException damaged)
        {
            throw new SourceFaultException($"{address.Host} answers with damaged gzip data.", damaged);
        }
    }

    private async Task<byte[]> ReadToEndAsync(Uri address, Stream answer, CancellationToken ct)
    {
        using var body = new MemoryStream();
        var buffer = new byte[32 * 1024];
        while (await answer.ReadAsync(buffer, ct) is > 0 and var read)
        {
            await body.WriteAsync(buffer.AsMemory(0, read), ct);
            if (body.Length > (long)_options.MaxMegabytes << 20)
                throw TooLong(address);
        }

        return body.ToArray();
    }

    private SourceFaultException TooLong(Uri address) => new($"{address.Host} answers with more than {_options.MaxMegabytes} MB.");

    private static bool IsWebPage(byte[] body)
    {
        var beginning = Encoding.ASCII.GetString(body, 0, Math.Min(body.Length, 200)).TrimStart('?', ' ', '\r', '\n', '\t');
        return beginning.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || beginning.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }

    private static bool BelieveOrSayWhyNot(object connection, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) =>
        TlsWords.FindFault(((SslStream)connection).TargetHostName, shown, chain, errors, TimeProvider.System.GetUtcNow()) is { } fault
            ? throw new SourceFaultException(fault) { IsOfServer = true }
            : true;

    // The name was allowed; what it resolves to is looked at here, at the last moment, and the same address is connected to.
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var endPoint = context.DnsEndPoint;
        var addresses = IPAddress.TryParse(endPoint.Host, out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(endPoint.Host, ct);
        var permitted = addresses.Where(address => IsPermitted(endPoint.Host, address)).ToArray();
        if (permitted.Length == 0)
            throw new SourceFaultException($"{endPoint.Host} leads to a private address, which is refused.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(permitted, endPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // An operator who writes 127.0.0.1, or localhost, or an address of their own network into the settings means it.
    private bool IsPermitted(string host, IPAddress address) =>
        IsPublic(address)
        || (_configuredHosts.Contains(host) && (IPAddress.TryParse(host, out _) || (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && IPAddress.IsLoopback(address))));

    private sealed class BusyException(string message, TimeSpan? retryAfter, bool isWorthWaiting, Exception? inner) : Exception(message, inner)
    {
        public TimeSpan? RetryAfter => retryAfter;

        public bool IsWorthWaiting => isWorthWaiting;

        public bool IsOfServer { get; init; }
    }
}
