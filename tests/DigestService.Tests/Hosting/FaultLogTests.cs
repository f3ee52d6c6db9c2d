using System.Net.Sockets;
using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Hosting;
using DigestService.Platform;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace DigestService.Tests.Hosting;

/// <summary>What /readyz names stands in the log, once when it begins and once when it is over.</summary>
public sealed class FaultLogTests(AppFixture apps) : IClassFixture<AppFixture>
{
    private static readonly NpgsqlException Away = new("Failed to connect to 127.0.0.1:5432", new SocketException(111));
    private readonly LinesOf<FaultLog> _lines = new();
    private readonly DatabaseOutage _outage = new();

    [Fact]
    public void A_fault_that_lasts_is_told_when_it_begins_and_when_it_is_over()
    {
        var log = new FaultLog(_lines, _outage);

        foreach (var seconds in new[] { 600, 601, 602 })
            log.Tell([new("clock", $"It is {seconds} s ahead: set both by NTP.")]);
        log.Tell([]);
        log.Tell([]);

        _lines.Told.ShouldBe(["Error: Wrong with the clock: It is 600 s ahead: set both by NTP.", "Information: Well again: clock"]);
    }

    [Fact]
    public void A_part_is_well_again_when_its_last_fault_is_over()
    {
        var log = new FaultLog(_lines, _outage);

        log.Tell([new("source", "Source a: It failed."), new("source", "Source b: It failed.")]);
        log.Tell([new("source", "Source b: It failed.")]);
        log.Tell([]);

        _lines.Told.ShouldBe(["Error: Wrong with the source: Source a: It failed.", "Error: Wrong with the source: Source b: It failed.", "Information: Well again: source"]);
    }

    [Fact]
    public void What_goes_on_in_other_words_is_one_fault_and_names_and_days_are_told_apart()
    {
        var log = new FaultLog(_lines, _outage);

        log.Tell([new("outbox", "Of the mails of the last hour 3 were sent and 12 failed; the last reply was: 550 no such user.")]);
        log.Tell([new("outbox", "Of the mails of the last hour 2 were sent and 14 failed; the last reply was: 451 later.")]);
        log.Tell([new("source", "Source feed1: It failed: 500."), new("source", "Source feed2: It failed: 500.")]);
        log.Tell([new("digests", "Digests of 2026-11-24 are late: look."), new("digests", "Digests of 2026-11-25 are late: look.")]);

        _lines.Told.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).Select(line => line["Error: Wrong with the ".Length..]).ShouldBe(
        [
            "outbox: Of the mails of the last hour 3 were sent and 12 failed; the last reply was: 550 no such user.",
            "source: Source feed1: It failed: 500.",
            "source: Source feed2: It failed: 500.",
            "digests: Digests of 2026-11-24 are late: look.",
            "digests: Digests of 2026-11-25 are late: look.",
        ]);
    }

    [Fact]
    public void A_note_that_becomes_a_fault_is_told_as_one()
    {
        var log = new FaultLog(_lines, _outage);

        log.Tell([new("outbox", "3 mails wait: look at the relay.", IsNote: true)]);
        log.Tell([new("outbox", "4 mails wait: look at the relay.")]);

        _lines.Told.ShouldBe(["Warning: To be known of the outbox: 3 mails wait: look at the relay.", "Error: Wrong with the outbox: 4 mails wait: look at the relay."]);
    }

    [Fact]
    public void A_database_that_cannot_be_asked_makes_no_other_part_well()
    {
        var log = new FaultLog(_lines, _outage);

        log.Tell([new("folder", "It is full.", IsNote: true)]);
        log.TellOutage(Away);
        log.TellOutage(Away);
        log.Tell([new("folder", "It is full.", IsNote: true)]);

        _lines.Told.ShouldBe(["Warning: To be known of the folder: It is full.", $"Error: Wrong with the database: {Verb.Sentence(Away)}", "Information: Well again: database"]);
    }

    [Fact]
    public void An_outage_that_another_part_told_is_over_with_the_first_look_that_succeeds()
    {
        var log = new FaultLog(_lines, _outage);
        _outage.Begin();

        log.Tell([]);
        log.Tell([]);

        _lines.Told.ShouldBe(["Information: Well again: database"]);
    }

    [Fact]
    public void A_schema_of_another_program_is_told_although_the_database_was_away_before()
    {
        var log = new FaultLog(_lines, _outage);
        _outage.Begin();

        log.TellAnotherSchema("The schema is at version 1.");

        _lines.Told.ShouldBe(["Error: Wrong with the database: The schema is at version 1."]);
    }

    [Fact]
    public void Relays_and_the_beginning_of_a_hold_for_a_backup_have_lines_of_their_own()
    {
        var log = new FaultLog(_lines, _outage);

        log.Tell([new("relay", "It takes no mail."), new("hold", "Sending is held.")]);
        _lines.Told.ShouldBeEmpty();
        log.Tell([]);

        _lines.Told.ShouldBe(["Information: Well again: hold"]);
    }

    [Fact]
    public void A_hold_that_the_operator_asked_for_is_told_as_one_and_its_end()
    {
        var log = new FaultLog(_lines, _outage);

        log.Tell([new("hold", "Sending is held: Wrong papers.", IsNote: true)]);
        log.Tell([new("hold", "Sending is held: Wrong papers.", IsNote: true), new("outbox", "Mails wait.", IsNote: true)]);
        log.Tell([]);

        _lines.Told.ShouldBe([
            "Warning: To be known of the hold: Sending is held: Wrong papers.",
            "Warning: To be known of the outbox: Mails wait.",
            "Information: Well again: hold",
            "Information: Well again: outbox",
        ]);
    }

    [Fact]
    public async Task A_round_of_the_gauges_tells_a_folder_that_cannot_be_written_once()
    {
        var app = await apps.CreateAsync(("Data__Directory", "/proc/self"));
        using var gauges = new StateGauges(app.Database, app.Service<ServiceHealth>(), app.Service<AdminOverview>(), app.Clock, new FaultLog(_lines, _outage));

        await gauges.TellAsync(default);
        await gauges.TellAsync(default);

        _lines.Told.ShouldHaveSingleItem().ShouldStartWith("Warning: To be known of the folder: Setting Data__Directory: nothing can be written in '/proc/self'");
    }

    [Fact]
    public async Task A_round_of_the_gauges_tells_that_a_newer_program_has_the_database_once_and_takes_it_back()
    {
        var app = await apps.CreateAsync();
        using var gauges = new StateGauges(app.Database, app.Service<ServiceHealth>(), app.Service<AdminOverview>(), app.Clock, new FaultLog(_lines, _outage));
        await app.Database.ExecuteAsync("insert into schema_migrations (version, name, checksum) values (9999, '9999_later.sql', '')", null, default);

        await gauges.TellAsync(default);
        await gauges.TellAsync(default);
        var shown = (await app.Service<ServiceHealth>().ReadAsync(default)).Faults.ShouldHaveSingleItem();
        await app.Database.ExecuteAsync("delete from schema_migrations where version = 9999", null, default);
        await gauges.TellAsync(default);

        shown.Part.ShouldBe("database");
        _lines.Told.ShouldBe([$"Error: Wrong with the database: {shown.Sentence}", "Information: Well again: database"]);
    }
}
