using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Papers;

/// <summary>A paper's place in a listing, as a draft tells it.</summary>
internal readonly record struct ListingPlace(long ListingId, CataloguePaper Paper, PaperDraft Draft);

/// <summary>How many votes a paper had from one moment to another.</summary>
internal readonly record struct VoteReading(CataloguePaper Paper, Instant ObservedAt, Instant SeenUntil, int Upvotes);

/// <summary>
/// Writes where papers stand in listings and how many votes they had: of new papers by COPY, of known ones what is not known yet,
/// so that what is told again writes nothing.
/// </summary>
internal sealed class PlaceWriter(NpgsqlConnection connection)
{
    private List<ListingPlace> _newPlaces = [];
    private List<ListingPlace> _duePlaces = [];
    private List<VoteReading> _newVotes = [];
    private List<VoteReading> _dueVotes = [];

    /// <summary>The known papers of which something is to be written.</summary>
    public IEnumerable<CataloguePaper> KnownPapers => _duePlaces.Select(place => place.Paper).Concat(_dueVotes.Select(vote => vote.Paper));

    /// <summary>
    /// Finds out what is to be written for a batch whose papers have their ids, and holds the listings it stands in. False where a
    /// listing came or went meanwhile, by hand.
    /// </summary>
    public async Task<bool> PrepareAsync(DraftBatch batch, Instant now, CancellationToken ct)
    {
        if (await HoldListingsAsync(batch.Listings.ToList(), now, ct) is not { } listings)
            return false;
        // Rows that are made one bring places and votes with them, beside which what is told may say something else.
        var isKnown = batch.Resolver.Merges.Count == 0;
        var places = batch.Entries(listings);
        _newPlaces = places.FindAll(place => place.Paper.IsNew);
        _duePlaces = await DueAsync(places.FindAll(place => !place.Paper.IsNew), isKnown, PlaceQueries.DueEntries, AddPlaces, ct);
        var votes = batch.Votes();
        _newVotes = votes.FindAll(vote => vote.Paper.IsNew);
        _dueVotes = await DueAsync(votes.FindAll(vote => !vote.Paper.IsNew), isKnown, PlaceQueries.DueVotes, AddVotes, ct);
        return true;
    }

    /// <summary>Writes it.</summary>
    public async Task WriteAsync(CancellationToken ct)
    {
        await CopyPlacesAsync(ct);
        await ExecuteAsync(_duePlaces, PlaceQueries.UpsertEntries, AddPlaces, ct);
        await CopyVotesAsync(ct);
        await ExecuteAsync(_dueVotes, PlaceQueries.InsertVotes, AddVotes, ct);
    }

    private async Task<Dictionary<(string Source, LocalDate Day), long>?> HoldListingsAsync(
        List<(string Source, LocalDate Day)> told, Instant now, CancellationToken ct)
    {
        if (told.Count == 0)
            return [];
        var listings = new Dictionary<(string Source, LocalDate Day), long>();
        foreach (var row in await connection.QueryAsync<ListingRow>(PlaceQueries.HoldListings, Named(told, now), ct))
            listings[(row.Source, row.ListedOn)] = row.Id;
        var missing = told.FindAll(listing => !listings.ContainsKey(listing));
        if (missing.Count > 0)
        {
            foreach (var row in await connection.QueryAsync<ListingRow>(PlaceQueries.CreateListings, Named(missing, now), ct))
                listings[(row.Source, row.ListedOn)] = row.Id;
        }

        return listings.Count == told.Count ? listings : null;
    }

    private static object Named(List<(string Source, LocalDate Day)> listings, Instant now) => new
    {
        sources = listings.ConvertAll(listing => listing.Source).ToArray(),
        days = listings.ConvertAll(listing => listing.Day.ToDateOnly()).ToArray(),
        now,
    };

    private async Task<List<T>> DueAsync<T>(List<T> told, bool isKnown, string find, Action<NpgsqlCommand, List<T>> add, CancellationToken ct)
    {
        if (told.Count == 0 || !isKnown)
            return told;
        await using var command = new NpgsqlCommand(find, connection);
        add(command, told);
        var due = new List<T>();
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
            due.Add(told[row.GetInt32(0) - 1]);
        return due;
    }

    private async Task ExecuteAsync<T>(List<T> due, string write, Action<NpgsqlCommand, List<T>> add, CancellationToken ct)
    {
        if (due.Count == 0)
            return;
        await using var command = new NpgsqlCommand(write, connection);
        add(command, due);
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task CopyPlacesAsync(CancellationToken ct)
    {
        if (_newPlaces.Count == 0)
            return;
        await using var writer = await CopyWriter.BeginAsync(connection, PlaceQueries.CopyEntries, ct);
        foreach (var (listing, paper, draft) in _newPlaces)
        {
            await writer.StartRowAsync(ct);
            writer.Write(listing);
            writer.Write(paper.Id);
            writer.Write(Position(draft));
            writer.Write(draft.Upvotes);
            writer.Write(draft.ObservedAt);
        }

        await writer.CompleteAsync(ct);
    }

    private async Task CopyVotesAsync(CancellationToken ct)
    {
        if (_newVotes.Count == 0)
            return;
        await using var writer = await CopyWriter.BeginAsync(connection, PlaceQueries.CopyVotes, ct);
        foreach (var (paper, observedAt, seenUntil, upvotes) in _newVotes)
        {
            await writer.StartRowAsync(ct);
            writer.Write(paper.Id);
            writer.Write(observedAt);
            writer.Write(upvotes);
            writer.Write(seenUntil == observedAt ? null : (Instant?)seenUntil);
        }

        await writer.CompleteAsync(ct);
    }

    // A list in no order of merit says that the paper is on it, and nothing of its place.
    private static int? Position(PaperDraft draft) => draft.IsRanked ? draft.Position : null;

    private static void AddPlaces(NpgsqlCommand command, List<ListingPlace> places)
    {
        command.Parameters.AddWithValue("listings", places.ConvertAll(place => place.ListingId).ToArray());
        command.Parameters.AddWithValue("papers", places.ConvertAll(place => place.Paper.Id).ToArray());
        command.Parameters.AddWithValue("positions", places.ConvertAll(place => Position(place.Draft)).ToArray());
        command.Parameters.AddWithValue("upvotes", places.ConvertAll(place => place.Draft.Upvotes).ToArray());
        command.Parameters.AddWithValue("observed", places.ConvertAll(place => place.Draft.ObservedAt.ToDateTimeUtc()).ToArray());
    }

    private static void AddVotes(NpgsqlCommand command, List<VoteReading> votes)
    {
        command.Parameters.AddWithValue("papers", votes.ConvertAll(vote => vote.Paper.Id).ToArray());
        command.Parameters.AddWithValue("observed", votes.ConvertAll(vote => vote.ObservedAt.ToDateTimeUtc()).ToArray());
        command.Parameters.AddWithValue("until", votes.ConvertAll(vote => vote.SeenUntil.ToDateTimeUtc()).ToArray());
        command.Parameters.AddWithValue("upvotes", votes.ConvertAll(vote => vote.Upvotes).ToArray());
    }

    private sealed record ListingRow
    {
        public required long Id { get; init; }

        public required string Source { get; init; }

        public required LocalDate ListedOn { get; init; }
    }
}
