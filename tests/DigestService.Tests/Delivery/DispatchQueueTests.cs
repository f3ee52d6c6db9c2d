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
    public async Task A_queue_of_which_everything_lapsed_is_empty_and_asks_for_more()
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

    [Fact]
    public async Task A_queue_says_when_it_holds_no_more_than_half_of_what_it_may()
    {
        await using var queue = new DispatchQueue([_relay], domainLimit: 0, _time);
        var mails = Enumerable.Range(1, queue.RoomForSlowDomains).Select(id => Claim(id, fence: 1, seconds: 30)).ToList();
        queue.HalfEmpty.IsCompleted.ShouldBeTrue();
        queue.Add(mails);
        var halfEmpty = queue.HalfEmpty;

        foreach (var mail in mails.Take(mails.Count / 2 - 1))
            queue.Finish(mail);
        halfEmpty.IsCompleted.ShouldBeFalse();
        queue.Finish(mails[^1]);

        await halfEmpty;
    }

    [Fact]
    public async Task A_domain_that_nothing_limits_is_handed_as_much_as_there_is()
    {
        await using var free = new DispatchQueue([_relay], domainLimit: 0, _time);
        await using var limited = new DispatchQueue([_relay], domainLimit: 2, _time);

        free.DirectRoomFor("mail.example").ShouldBe(int.MaxValue);
        limited.DirectRoomFor("mail.example").ShouldBe(3);
        for (var i = 0; i < 2; i++)
            free.Learn(_relay, "mail.example", Pushback.FromDomain);
        free.DirectRoomFor("mail.example").ShouldBeLessThan(256);
    }

    [Fact]
    public async Task Mails_of_a_limited_domain_go_one_by_one_and_leave_their_room_to_the_others()
    {
        await using var queue = new DispatchQueue([_relay], domainLimit: 2, _time);
        queue.Add([.. Enumerable.Range(1, 20).Select(id => Claim(id, fence: 1, seconds: 30))]);
        using var stop = new CancellationTokenSource();

        (await queue.TakeAsync(_relay, default)).Mail.Id.ShouldBe(1);
        var next = queue.TakeAsync(_relay, stop.Token);

        next.IsCompleted.ShouldBeFalse();
        queue.Room.ShouldBe(queue.Capacity);
        queue.CrowdedDomains().All.ShouldBe(["mail.example"]);
        queue.CrowdedDomains().WithUrgent.ShouldBeEmpty();
        queue.RoomFor("mail.example").ShouldBe(0);
        queue.RoomFor("other.example").ShouldBe(3);
        _time.Advance(TimeSpan.FromSeconds(0.6));
        queue.Add([Claim(30, fence: 1, seconds: 30)]);
        (await next).Mail.Id.ShouldBe(2);
        queue.TakeWaiting().Count.ShouldBe(19);
        await stop.CancelAsync();
    }

    [Fact]
    public async Task A_domain_that_asks_for_patience_steps_back_and_comes_forward_when_it_takes_mail_again()
    {
        await using var queue = new DispatchQueue([_relay], domainLimit: 0, _time);
        queue.Add([.. Enumerable.Range(1, 4).Select(id => Claim(id, fence: 1, seconds: 30))]);
        for (var i = 0; i < 2; i++)
            queue.Learn(_relay, "mail.example", Pushback.FromDomain);
        (await queue.TakeAsync(_relay, default)).Mail.Id.ShouldBe(1);
        var second = queue.TakeAsync(_relay, default);
        second.IsCompleted.ShouldBeFalse();

        for (var i = 0; i < 400; i++)
            queue.Learn(_relay, "mail.example", Pushback.None);
        queue.Add([Claim(9, fence: 1, seconds: 30)]);

        (await second).Mail.Id.ShouldBe(2);
        (await queue.TakeAsync(_relay, default)).Mail.Id.ShouldBe(3);
        queue.CrowdedDomains().All.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_claim_that_lapsed_while_it_had_its_domains_turn_gives_the_turn_to_the_next()
    {
        await using var queue = new DispatchQueue([_relay], domainLimit: 5, _time);
        queue.Add([Claim(1, fence: 1, seconds: 1), Claim(2, fence: 1, seconds: 60)]);
        _time.Advance(TimeSpan.FromSeconds(2));

        (await queue.TakeAsync(_relay, default)).Mail.Id.ShouldBe(2);
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
