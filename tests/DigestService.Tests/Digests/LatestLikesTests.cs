using DigestService.Relevance;
using NodaTime;

namespace DigestService.Tests.Digests;

public sealed class LatestLikesTests(AppFixture apps) : IClassFixture<AppFixture>
{
    [Theory]
    [InlineData(100, new[] { 0, 1, 2 })]
    [InlineData(5, new[] { 1, 2 })]
    [InlineData(2, new[] { 2 })]
    public async Task Readers_learn_from_the_latest_likes_of_others_and_from_no_more_than_can_be_read(int latest, int[] learntFrom)
    {
        var bed = await DigestTestBed.OpenAsync(apps);
        long[] papers = [await bed.AddPaperAsync("Pruning trees"), await bed.AddPaperAsync("Pruning vines")];
        var readers = new List<long>();
        foreach (var name in (string[])["ada", "eve", "zoe"])
        {
            var reader = await bed.AddReaderAsync($"{name}@reader.example");
            readers.Add(reader);
            await bed.Database.ExecuteAsync(
                "insert into feedback (subscriber_id, paper_id, kind, given_from, given_at) select @reader, paper, 'like', 'web', @at from unnest(@papers) paper",
                new { reader, papers, at = DigestTestBed.Hour - Duration.FromHours(10 - readers.Count) },
                default);
        }

        var likes = await bed.Database.QueryAsync<long>(
            $"select distinct subscriber_id from ({RelevanceQueries.LikesOfActiveReaders}) likes",
            new { now = DigestTestBed.Hour, latest, readers = 2_000, papers },
            default);

        likes.Order().ShouldBe(learntFrom.Select(place => readers[place]).Order());
    }
}
