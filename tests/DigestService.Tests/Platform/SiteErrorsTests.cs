using DigestService.Platform.Layout;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace DigestService.Tests.Platform;

public sealed class SiteErrorsTests
{
    [Fact]
    public async Task A_visitor_who_breaks_off_is_no_fault()
    {
        var lines = new LinesOf<SiteErrors>();
        var errors = new SiteErrors(_ => throw new ConnectionResetException("Connection reset by peer"), TimeProvider.System, lines);

        await errors.InvokeAsync(new DefaultHttpContext());

        lines.Told.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("GET", "/topics", 8)]
    [InlineData("POST", "/subscribe", 8)]
    [InlineData("GET", "/preferences/token", 25)]
    [InlineData("POST", "/preferences/token", 25)]
    [InlineData("GET", "/digests/token", 25)]
    [InlineData("GET", "/Admin/outbox", 25)]
    [InlineData("GET", "/api/v1/operator/outbox", 25)]
    [InlineData("GET", "/api/v1/papers", 8)]
    [InlineData("POST", "/admin/hold", null)]
    [InlineData("POST", "/api/v1/operator/outbox", null)]
    [InlineData("POST", "/inbound/ses", null)]
    public void A_visitor_waits_for_an_answer_so_many_seconds(string method, string path, int? seconds)
    {
        var time = new SetTimer();

        AnswerPatience.Limit(Request(method, path), time);

        time.Due.ShouldBe(seconds is { } limit ? TimeSpan.FromSeconds(limit) : null);
    }

    [Fact]
    public async Task The_time_that_a_visitor_takes_to_send_a_form_does_not_count()
    {
        var time = new SetTimer();
        var http = Request("POST", "/subscribe");
        var late = AnswerPatience.Limit(http, time);

        var whileReading = await AnswerPatience.WhileReadingAsync(http.Request, () => Task.FromResult(time.Due));

        whileReading.ShouldBe(Timeout.InfiniteTimeSpan);
        time.Due.ShouldBe(TimeSpan.FromSeconds(8));
        late.IsCancellationRequested.ShouldBeFalse();
        time.Ring();
        late.IsCancellationRequested.ShouldBeTrue();
        http.RequestAborted.ShouldBe(late);
    }

    [Fact]
    public async Task Who_breaks_off_ends_the_work_at_once()
    {
        using var breakingOff = new CancellationTokenSource();
        var http = Request("GET", "/topics");
        http.RequestAborted = breakingOff.Token;
        var late = AnswerPatience.Limit(http, TimeProvider.System);

        await breakingOff.CancelAsync();

        late.IsCancellationRequested.ShouldBeTrue();
    }

    private static DefaultHttpContext Request(string method, string path) => new() { Request = { Method = method, Path = path } };

    /// <summary>The one timer that somebody sets, which rings when it is told to.</summary>
    private sealed class SetTimer : TimeProvider, ITimer
    {
        private Action _ring = () => { };

        /// <summary>When it was last set to ring; null where it never was.</summary>
        public TimeSpan? Due { get; private set; }

        public void Ring() => _ring();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_ring, Due) = (() => callback(state), dueTime);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
