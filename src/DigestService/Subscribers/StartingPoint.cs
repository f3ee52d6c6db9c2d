using DigestService.Platform.Layout;
using DigestService.Topics;
using DigestService.Topics.Starting;

namespace DigestService.Subscribers;

/// <summary>What a reader takes of what was proposed to them.</summary>
internal sealed record TakenProposal(IReadOnlyList<string> Topics, IReadOnlyList<string> Queries, IReadOnlyList<string> Authors, IReadOnlyList<long> Papers);

/// <summary>Starts a reader from papers they name: proposes what they have not yet, and adds what they take to what they have.</summary>
internal sealed class StartingPoint(StartingProposals proposals, SettingsEditor editor, Feedback feedback)
{
    private const int MostAttempts = 10;
    private const int LikesRead = 200;

    /// <summary>What to propose to a reader; nothing is written.</summary>
    public Task<StartingProposal> ProposeAsync(Subscriber reader, string text, CancellationToken ct) =>
        ProposeAsync(reader, held => proposals.ProposeAsync(text, held, ct), ct);

    /// <summary>The same to a reader who has named papers before, from those they like; null where they like none.</summary>
    public async Task<StartingProposal?> ProposeFromLikesAsync(Subscriber reader, CancellationToken ct)
    {
        var likes = (await feedback.OfAsync(reader.Id, LikesRead, offset: 0, ct)).Where(verdict => verdict.Kind == "like").Select(verdict => verdict.PaperId).Take(StartingPapers.MostPapers).ToList();
        return likes.Count == 0 ? null : await ProposeAsync(reader, held => proposals.ProposeAsync(likes, held, ct), ct);
    }

    private async Task<StartingProposal> ProposeAsync(Subscriber reader, Func<IReadOnlySet<string>, Task<StartingProposal>> propose, CancellationToken ct)
    {
        var stored = await editor.ReadAsync(reader, ct);
        var held = stored.Wishes.Select(wish => wish.Canonical).ToHashSet(StringComparer.Ordinal);
        var proposal = await propose(held);
        var follows = stored.Wishes.Count(wish => wish.Text is { } query && FollowedAuthor.NameIn(query) is not null);
        var queries = stored.Wishes.Count(wish => wish.Text is not null) - follows;
        return proposal with
        {
            Queries = proposal.Queries.Take(Math.Max(0, WishLimits.MostQueries - queries)).ToList(),
            Authors = proposal.Authors
                .Where(author => TopicQuery.TryParse(FollowedAuthor.Query(author.Name), out var query, out _) && !held.Contains(query.Canonical))
                .Take(Math.Max(0, WishLimits.MostAuthors - follows)).ToList(),
        };
    }

    /// <summary>
    /// Adds topics, queries and authors to the reader's, then likes the papers; or says what is wrong, and then writes nothing.
    /// Taking twice is taking once, so that somebody whose likes failed can press the button again.
    /// </summary>
    public async Task<IReadOnlyList<InputFault>> TakeAsync(Subscriber reader, TakenProposal taken, string from, CancellationToken ct)
    {
        if (await AddAsync(reader, taken, ct) is { Count: > 0 } errors)
            return errors;
        await feedback.GiveAsync(reader.Id, taken.Papers.Distinct().Take(StartingPapers.MostPapers).Select(paper => new GivenVerdict(paper, "like")).ToList(), from, ct);
        return [];
    }

    private async Task<IReadOnlyList<InputFault>> AddAsync(Subscriber reader, TakenProposal taken, CancellationToken ct)
    {
        var more = taken.Queries.Concat(taken.Authors.Select(FollowedAuthor.Query)).ToList();
        if (taken.Topics.Count + more.Count == 0)
            return [];
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var stored = await editor.ReadAsync(reader, ct);
            var queries = stored.Form.Queries ?? [];
            var form = new SettingsForm
            {
                Topics = [.. stored.Form.Topics ?? [], .. taken.Topics],
                Queries = [.. queries, .. more],
                QueryNames = [.. stored.Form.QueryNames ?? queries.Select(_ => ""), .. more.Select(_ => "")],
            };
            var saved = await editor.SaveAsync(reader.Id, form, stored.Version, ct);
            // Whoever saved meanwhile keeps what they saved: these are added to it.
            if (saved.ChangedElsewhere.Count == 0)
                return saved.Errors;
        }

        throw new InvalidOperationException($"The settings of subscriber {reader.Id} changed during each of {MostAttempts} attempts to add to them.");
    }
}
