using DigestService.Admin;
using DigestService.Tests.Delivery;

namespace DigestService.Tests.Admin;

public sealed class CatchUpTests
{
    [Fact]
    public void What_became_late_before_a_start_or_in_an_outage_of_the_database_gets_a_minute()
    {
        var time = new ManualTime();
        var catchUp = new CatchUp(time);

        LooksUntilOver().ShouldBe(2);
        time.Advance(TimeSpan.FromMinutes(3));
        LooksUntilOver().ShouldBe(2, "no look succeeded for minutes");

        int LooksUntilOver()
        {
            var looks = 0;
            for (; catchUp.IsUnderWay(); looks++)
                time.Advance(TimeSpan.FromSeconds(30));
            return looks;
        }
    }
}
