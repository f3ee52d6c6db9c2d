using DigestService.Tests.Shared;
using Xunit.Abstractions;

namespace DigestService.Tests.Journeys.RandomWalk;

/// <summary>
/// Readers who do what comes to mind, in any order, at a relay with moods: no digest comes to somebody who left or paused, no mail comes
/// twice without a doubt and no paper twice, no page fails, looking changes nothing, and when all is well again everybody has their digest.
/// </summary>
[WaitsForMinutes]
public sealed class RandomWalkTests(AppFixture apps, ITestOutputHelper output) : IClassFixture<AppFixture>
{
    private static readonly (int Seeds, int Steps) Length = Full.IsAsked ? (100, 100) : (1, 60);

    [Fact]
    public async Task Whatever_readers_operators_and_relays_do_the_rules_hold()
    {
        for (var seed = 1; seed <= Length.Seeds; seed++)
        {
            await using var walk = await WalkedSite.OpenAsync(apps, seed);
            try
            {
                for (var step = 0; step < Length.Steps; step++)
                    await walk.StepAsync();
                await walk.HealAsync();
            }
            catch
            {
                output.WriteLine($"Seed {seed}:\n{walk.Trace}");
                throw;
            }

            output.WriteLine($"Seed {seed}: {walk.Relay.Taken.Count} mails, {walk.Digests} digests");
        }
    }
}
