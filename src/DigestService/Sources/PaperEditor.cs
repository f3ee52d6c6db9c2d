using DigestService.Papers;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Topics;
using DigestService.Topics.Searching;
using NodaTime;
using Npgsql;

namespace DigestService.Sources;

/// <summary>What became of a paper that was typed: its row, or what is wrong.</summary>
internal sealed record EditOutcome(long? Id, InputFault? Fault)
{
    /// <summary>Whether what was typed is at fault, whatever stands in the catalogue.</summary>
    public bool IsOfInput { get; init; }
}

/// <summary>
/// Papers that the operator adds and corrects by hand. What the operator says stands above every source. Search and every query
/// know it at once.
/// </summary>
internal sealed class PaperEditor(Database database, HiddenPapers hidden, TopicMatching matching, WordIndex words, IClock clock)
{
    /// <summary>A paper as it is stored; null where there is none.</summary>
    public async Task<PaperForm?> ReadAsync(long id, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        return await CatalogueWriter.ReadAsync(connection, [id], ct) is { Count: 1 } found ? PaperForm.Of(found[id]) : null;
    }

    /// <summary>Adds a paper that is neither known nor hidden, listed on a day; today where none is named.</summary>
    public async Task<EditOutcome> AddAsync(PaperForm form, LocalDate? listedOn, CancellationToken ct)
    {
        var (draft, fault) = form.Read(clock.GetCurrentInstant(), listedOn);
        if (draft is null)
            return new(null, fault) { IsOfInput = true };
        await using var writer = new CatalogueWriter(database, clock);
        var outcome = await writer.WriteAsync([draft], ct);
        if (outcome.Added is not [var id])
        {
            await writer.RollbackAsync(ct);
            return new(null, await WhyNotAsync(draft, outcome, ct));
        }

        await writer.CommitAsync(ct);
        await TakeUpAsync(ct);
        return new(id, null);
    }

    /// <summary>
    /// Corrects a paper. Fields that were not typed stay; empty ones are emptied, until a source fills them. Where the paper no longer reads as
    /// <paramref name="version"/> says, nothing is written. No row where there is no such paper.
    /// </summary>
    public async Task<EditOutcome> CorrectAsync(long id, PaperForm form, string? version, CancellationToken ct)
    {
        var outcome = await database.InTransactionAsync(connection => CorrectAsync(connection, id, form, version, ct), ct);
        if (outcome is { Id: not null, Fault: null })
            await TakeUpAsync(ct);
        return outcome;
    }

    /// <summary>Puts a hidden paper back; its title, or null where none is hidden under this number.</summary>
    public async Task<string?> PutBackAsync(long id, CancellationToken ct)
    {
        var title = await hidden.UnhideAsync(id, ct);
        if (title is not null)
            await TakeUpAsync(ct);
        return title;
    }

    // A new or changed paper is known to search and to every query.
    private async Task TakeUpAsync(CancellationToken ct)
    {
        await matching.MatchDueAsync(ct);
        await words.CatchUpAsync(ct);
    }

    private async Task<EditOutcome> CorrectAsync(NpgsqlConnection connection, long id, PaperForm form, string? version, CancellationToken ct)
    {
        await connection.ExecuteAsync(PaperQueries.Lock, null, ct);
        if (!await CatalogueWriter.HoldAsync(connection, [id], ct) || !(await CatalogueWriter.ReadAsync(connection, [id], ct)).TryGetValue(id, out var paper))
            return new(null, null);
        var stored = PaperForm.Of(paper);
        var wanted = form.Over(stored);
        // Where all stands as it was typed, the button was pressed twice.
        if (version is not null && version != stored.Version() && wanted.Version() != stored.Version())
            return new(id, new("title", "The paper changed while you wrote. Below is what you wrote; look at the page anew before you save it."));
        var now = clock.GetCurrentInstant();
        var (draft, fault) = wanted.ReadWhole(now, paper.FirstListedOn);
        if (draft is null)
            return new(id, fault) { IsOfInput = true };
        if (OtherIdentifier(paper, draft) is { } other)
            return new(id, other);
        if ((await HiddenPapers.WithoutAsync(connection, [draft], ct)).Count == 0)
            return new(id, new("title", "There is a hidden paper of that name."));
        return await CatalogueWriter.CorrectAsync(connection, paper, draft, database.IsDistributed, now, ct) is { } holder
            ? new(id, new(holder.ArxivId is not null && holder.ArxivId == draft.ArxivId?.Value ? "arxiv" : "doi", FormattableString.Invariant($"That is paper {holder.Id}.")))
            : new(id, null);
    }

    // What a paper is cannot change: another identifier is another paper.
    private static InputFault? OtherIdentifier(CataloguePaper paper, PaperDraft draft) =>
        paper.ArxivId is { } arxiv && draft.ArxivId?.Value != arxiv
            ? new("arxiv", $"This paper is {arxiv}. Another identifier is another paper: hide this one and add the other.")
            : paper.Doi is { } doi && draft.Doi?.Value != doi
                ? new("doi", $"This paper is {doi}. Another identifier is another paper: hide this one and add the other.")
                : null;

    private async Task<InputFault> WhyNotAsync(PaperDraft draft, WriteOutcome outcome, CancellationToken ct)
    {
        if (outcome.Refused is [var refused, ..])
            return new("title", refused.Text);
        await using var connection = await database.OpenAsync(ct);
        if ((await HiddenPapers.WithoutAsync(connection, [draft], ct)).Count == 0)
            return new("title", "This paper is hidden. Put it back instead of adding it.");
        var keys = DraftKeys.Of(draft);
        var names = new[] { keys.Arxiv, keys.Doi, keys.TitleAndAuthor }.OfType<string>().ToArray();
        return await connection.QueryAsync<long>(PaperQueries.HolderOfKey, new { keys = names }, ct) is [var known, ..]
            ? new("title", FormattableString.Invariant($"This paper is known already, as paper {known}. Correct that one."))
            : new("title", "This paper is known already. Search for it, and correct that one.");
    }
}
