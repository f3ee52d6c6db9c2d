using DigestService.Digests.Mail;
using DigestService.Mail;
using DigestService.Platform;
using NodaTime;
using Npgsql;

namespace DigestService.Digests;

/// <summary>The digest a reader would get, chosen and composed by the same code, with nothing sent and nothing changed.</summary>
internal sealed class DigestPreview(Database database, Newsstand.Loader newsstands, DigestChooser chooser, DigestComposer composer)
{
    /// <summary>Previews the digest that is due at <paramref name="now"/>, else the next one.</summary>
    /// <exception cref="OperatorException">Nobody is subscribed with that address.</exception>
    public async Task<PreviewedDigest> PreviewAsync(EmailAddress address, Instant now, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        var reader = await FindAsync(connection, address, now, ct)
            ?? throw new OperatorException($"{address} is not subscribed; see 'digest subscribers list'.");
        // After downtime several may have come due; the planner sends the latest.
        var due = reader.Schedule.Between(reader.DigestOn, now).Select(occurrence => occurrence.DigestOn);
        reader = reader with { DigestOn = due.LastOrDefault(reader.DigestOn) };
        var stand = await newsstands.OpenAsync(now, ct);
        reader = (await ReaderQueries.CompleteAsync(connection, [reader], stand, ct))[0];
        var choice = chooser.Choose(reader, stand);
        return new PreviewedDigest(choice, composer.Compose(choice.ToLetter(deliveryId: 0, stand, now)), stand);
    }

    private static Task<Reader?> FindAsync(NpgsqlConnection connection, EmailAddress address, Instant now, CancellationToken ct)
    {
        var parameters = new { addressKey = address.Key, now };
        return connection.QuerySingleOrDefaultAsync<Reader>(ReaderQueries.ByAddress, parameters, ct);
    }
}

/// <summary>A previewed digest: what was chosen, the mail it becomes, and the papers it was chosen from.</summary>
internal sealed record PreviewedDigest(Choice Choice, ComposedMail Mail, Newsstand Stand);
