using DigestService.Delivery;

namespace DigestService.Tests.Delivery;

/// <summary>What a worker deals out to its connections, and what it no longer does.</summary>
public sealed class DispatchQueueTests
{
    private readonly ManualTime _time = new();
    private readonly Relay _relay;

    public DispatchQueueTests() => _relay = new Relay(new SmtpRelayOptions { Host = "127.0.0.1" }, "service.example", _time);

    [Fact]
    public async Task A_claim_that_lapsed_while_it_waited_is_dropped_and_the_next_mail_dealt()
    {
        await using var queue = new DispatchQueue([_relay], domainLimit: 0, _time);
        queue.Add([Claim(1, fence: 1, seconds: 30), Claim(2, fence: 1, seconds: 60)]);
        _time.Advance(TimeSpan.FromSeconds(31));

        (await queue.TakeAsync(_relay, default)).Mail.Id.ShouldBe(2);

        queue.All().Select(mail => mail.Mail.Id).ShouldBe([2]);
    }

    [Fact]
    public async Task A_newer_claim_of_a_row_takes_the_place_of_one_that_still_waits()
    {
        await using var queue = new DispatchQueue([_relay], domainLimit: 0, _time);
        queue.Add([Claim(1, fence: 5, seconds: 30)]);
        queue.Add([Claim(1, fence: 6, seconds: 30)]);

        (await queue.TakeAsync(_relay, default)).Mail.Fence.ShouldBe(6);

        queue.Room.ShouldBe(queue.Capacity);
        queue.All().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_hand_of_which_everything_lapsed_is_empty_and_asks_for_more()
    {
        await using var queue = new DispatchQueue([_relay], domainLimit: 0, _time);
        queue.Add([Claim(1, fence: 1, seconds: 30)]);
        var wanting = queue.Wanting;
        _time.Advance(TimeSpan.FromSeconds(31));
        using var stop = new CancellationTokenSource();

        var next = queue.TakeAsync(_relay, stop.Token);

        (next.IsCompleted, queue.IsEmpty, wanting.IsCompleted).ShouldBe((false, true, true));
        await stop.CancelAsync();
        await next.ShouldThrowAsync<OperationCanceledException>();
    }

    private InFlightDelivery Claim(long id, long fence, int seconds)
    {
        var mail = new ClaimedMail
        {
            Id = id,
            Fence = fence,
            Priority = 10,
            Sender = $"bounces+{id}@service.example",
            Recipient = $"reader{id}@mail.example",
            RecipientKey = [],
            RecipientDomain = "mail.example",
            Message = [],
            ContentHash = [],
            Attempts = 0,
            Doubts = 0,
            Faults = 0,
        };
        return new InFlightDelivery(mail, _time.GetTimestamp() + seconds * _time.TimestampFrequency, _time);
    }
}
