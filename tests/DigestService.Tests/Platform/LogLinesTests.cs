using System.Reflection;
using System.Text.Json.Nodes;
using DigestService.Platform;
using DigestService.Tests.Delivery;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace DigestService.Tests.Platform;

public sealed class LogLinesTests
{
    private readonly ManualTime _time = new();
    private readonly DatabaseOutage _outage = new();

    [Fact]
    public void A_fault_that_lasts_is_told_after_a_minute_and_then_ever_more_seldom_with_how_often_it_was_left_out()
    {
        var lines = Lines(isVerbose: false);
        var told = new List<string>();

        for (var second = 0; second < 8 * 3600; second += 10)
        {
            told.Add(Write(lines, LogLevel.Warning, "The database is out of reach"));
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        told.Select((line, i) => (line, i / 6)).Where(of => of.line.Length > 0).Select(of => of.Item2).ShouldBe([0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363, 423]);
        told[6].ShouldContain("The database is out of reach (and 5 times more since it was last told)");
        _time.Advance(TimeSpan.FromMinutes(6));
        var again = Write(lines, LogLevel.Warning, "The database is out of reach");
        again.ShouldContain("The database is out of reach", customMessage: "it had been over");
        again.ShouldNotContain("more since");
        _time.Advance(TimeSpan.FromMinutes(1));
        Write(lines, LogLevel.Warning, "The database is out of reach").ShouldNotBeEmpty("it begins anew");
    }

    [Fact]
    public void Each_event_has_a_number_of_its_own_that_no_rename_moves()
    {
        var events = typeof(LogLines).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Select(method => (Name: $"{method.DeclaringType!.Name}.{method.Name}", Log: method.GetCustomAttribute<LoggerMessageAttribute>())) // declared by the type
            .Where(method => method.Log is not null)
            .ToList();

        events.Count.ShouldBeGreaterThan(40);
        events.Where(method => method.Log!.EventId <= 0).Select(method => method.Name).ShouldBeEmpty(); // not null by the line before
        events.GroupBy(method => method.Log!.EventId).Where(same => same.Count() > 1).Select(same => string.Join(" = ", same.Select(method => method.Name))).ShouldBeEmpty();
    }

    [Fact]
    public void Connections_that_are_turned_away_are_told_once_for_all()
    {
        var lines = Lines(isVerbose: false);
        var rejected = new EventId(24, "ConnectionRejected");

        var told = new[] { "0HNA", "0HNB" }.Select(connection => Write(lines, LogLevel.Warning, $"Connection id \"{connection}\" rejected because the maximum number of concurrent connections has been reached.", category: "Microsoft.AspNetCore.Server.Kestrel.Connections", number: rejected)).ToList();

        told[0].ShouldContain("As many connections are open as this process can have");
        told[1].ShouldBeEmpty();
    }

    [Theory]
    [InlineData(67, "Connection id \"0HNA\", Request id \"0HNA:00000001\": automatic draining of the request body failed because the body reader is in an invalid state.")]
    [InlineData(0, "Connection processing ended abnormally.")]
    public void Visitors_who_break_off_amid_what_they_send_are_no_fault(int number, string message)
    {
        const string Server = "Microsoft.AspNetCore.Server.Kestrel";
        var reading = new InvalidOperationException("Reading is already in progress.");

        Write(Lines(isVerbose: false), LogLevel.Error, message, reading, Server, number).ShouldBeEmpty();
        Write(Lines(isVerbose: false), LogLevel.Error, message, new InsufficientMemoryException(), Server, number).ShouldContain("This process has no memory left");
        Write(Lines(isVerbose: true), LogLevel.Error, message, reading, Server, number).ShouldNotBeEmpty();
        Write(Lines(isVerbose: false), LogLevel.Critical, "The connection listener failed to accept any new connections.", reading, Server, 0).ShouldNotBeEmpty();
    }

    [Fact]
    public void Another_fault_and_what_is_no_fault_are_told_at_once()
    {
        var lines = Lines(isVerbose: false);

        Write(lines, LogLevel.Error, "one").ShouldNotBeEmpty();
        Write(lines, LogLevel.Error, "another").ShouldNotBeEmpty();
        Write(lines, LogLevel.Information, "news").ShouldNotBeEmpty();
        Write(lines, LogLevel.Information, "news").ShouldNotBeEmpty();
    }

    [Fact]
    public void An_exception_is_one_line_and_its_stack_is_for_verbose()
    {
        var failure = Thrown();

        var plain = Write(Lines(isVerbose: false), LogLevel.Error, "The sender failed", failure);
        var verbose = Write(Lines(isVerbose: true), LogLevel.Error, "The sender failed", failure);

        plain.Trim().Split('\n').ShouldHaveSingleItem().ShouldEndWith("fail: Some.Part[7] The sender failed (InvalidOperationException: first line second line)");
        verbose.ShouldContain($"at {typeof(LogLinesTests).FullName}.Thrown()");
    }

    [Fact]
    public void A_sentence_that_a_library_fills_with_a_stack_ends_before_it()
    {
        const string Said = "Error managing cluster: Failed to connect to 127.0.0.1:5432 ---> System.Net.Sockets.SocketException (111): refused\n   at Npgsql.Connect()";

        Write(Lines(isVerbose: false), LogLevel.Error, Said).Trim().ShouldEndWith("Error managing cluster: Failed to connect to 127.0.0.1:5432");
        Write(Lines(isVerbose: true), LogLevel.Error, Said).ShouldContain("at Npgsql.Connect()");
    }

    [Fact]
    public void As_json_each_event_is_one_object_with_the_values_of_its_sentence()
    {
        var lines = new LogLines(Options.Create(new LogLinesOptions { IsJson = true }), _time, _outage);
        using var writer = new StringWriter();

        lines.Write(
            new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(
                LogLevel.Error, "Some.Part", 7, [new("DeliveryId", 4711L), new("{OriginalFormat}", "Delivery {DeliveryId}: failed")], Thrown(), (_, _) => "Delivery 4711:\nfailed"),
            null,
            writer);

        var written = writer.ToString();
        written.TrimEnd('\n').ShouldNotContain('\n');
        var line = JsonNode.Parse(written)!.AsObject();
        line["level"]!.GetValue<string>().ShouldBe("error");
        line["part"]!.GetValue<string>().ShouldBe("Some.Part");
        line["event"]!.GetValue<int>().ShouldBe(7);
        line["message"]!.GetValue<string>().ShouldBe("Delivery 4711: failed (InvalidOperationException: first line second line)");
        line["delivery_id"]!.GetValue<string>().ShouldBe("4711");
        line["exception"]!.GetValue<string>().ShouldBe("InvalidOperationException");
        line.ContainsKey("{OriginalFormat}").ShouldBeFalse();
    }

    [Theory]
    [InlineData("Quartz.Core.QuartzSchedulerThread", "Runtime error occurred in main trigger firing loop.", "The scheduler's work was broken off: the process stops, or the database does not answer.")]
    [InlineData("Quartz.Core.JobRunShell", "Job DEFAULT.embed-papers threw an unhandled Exception: ", "The job embed-papers failed and runs again at its next time: the process stops, or the database does not answer")]
    public void What_the_scheduler_breaks_off_is_told_in_our_words(string category, string message, string told) =>
        WriteAs(Lines(isVerbose: false), category, message, new OperationCanceledException()).TrimEnd().ShouldEndWith($"fail: Quartz[0] {told}");

    [Fact]
    public void What_the_scheduler_begins_in_a_transaction_that_has_failed_says_nothing_of_why()
    {
        var aborted = new Npgsql.PostgresException("current transaction is aborted", "ERROR", "ERROR", Npgsql.PostgresErrorCodes.InFailedSqlTransaction);

        WriteAs(Lines(isVerbose: false), "Quartz.Impl.AdoJobStore.MisfireHandler", $"Error handling misfires: {aborted}", aborted)
            .TrimEnd().ShouldEndWith("fail: Quartz[0] The scheduler waits for the database; what is wrong with it is told beside this.");
    }

    [Fact]
    public void A_database_that_is_gone_is_one_line_however_many_parts_tell_it()
    {
        var gone = new Npgsql.NpgsqlException("Failed to connect to 127.0.0.1:5432", new System.Net.Sockets.SocketException(111));
        var wrapped = new InvalidOperationException("Couldn't acquire next trigger: Failed to connect", gone);
        var stopping = new Npgsql.PostgresException("terminating connection due to administrator command", "FATAL", "FATAL", Npgsql.PostgresErrorCodes.AdminShutdown);
        var lines = Lines(isVerbose: false);

        string[] told =
        [
            WriteAs(lines, "Quartz.Core.QuartzSchedulerThread", "An error occurred while scanning for the next trigger to fire.", wrapped),
            WriteAs(lines, "Quartz.Impl.AdoJobStore.ClusterManager", $"Error managing cluster: {gone}", gone),
            WriteAs(lines, "Quartz.Impl.AdoJobStore.MisfireHandler", $"Error handling misfires: {wrapped}", wrapped),
            WriteAs(lines, "Quartz.Core.JobRunShell", "Job DEFAULT.embed-papers threw an unhandled Exception: ", wrapped),
            WriteAs(lines, "DigestService.Delivery.Sender", "Mails wait for the database", stopping),
            WriteAs(lines, "DigestService.Platform.Layout.SiteErrors", "GET /papers failed", gone),
            WriteAs(lines, "DigestService.Hosting.FaultLog", "Wrong with the database", gone),
        ];

        told.Where(line => line.Length > 0).ShouldHaveSingleItem().TrimEnd().ShouldEndWith(
            "fail: DigestService.Platform.DatabaseOutage[1110] Wrong with the database: The database cannot be reached: is PostgreSQL at 127.0.0.1:5432 running? ConnectionStrings__Digest leads there.");
        WriteAs(Lines(isVerbose: true), "Quartz.Core.QuartzSchedulerThread", "An error occurred.", wrapped).ShouldContain("NpgsqlException");

        _outage.End().ShouldBeTrue();
        WriteAs(lines, "DigestService.Delivery.Sender", "Mails wait for the database", gone).ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("Quartz.Core.JobRunShell", "Job DEFAULT.embed-papers threw an unhandled Exception: ")]
    [InlineData("Quartz.Core.ErrorLogger", "Job DEFAULT.embed-papers threw an exception.")]
    public void A_job_that_failed_is_told_by_its_name_and_by_what_began_it(string logger, string message) =>
        WriteAs(Lines(isVerbose: false), logger, message, new InvalidOperationException("Job threw an unhandled exception", new OperatorException("The disk is full.")))
            .TrimEnd().ShouldEndWith("fail: Quartz[0] The job embed-papers failed and runs again at its next time: The disk is full.");

    private static string WriteAs(LogLines lines, string category, string message, Exception failure)
    {
        using var writer = new StringWriter();
        lines.Write(new LogEntry<string>(LogLevel.Error, category, 7, message, failure, (state, _) => state), null, writer);
        return writer.ToString();
    }

    private LogLines Lines(bool isVerbose) => new(Options.Create(new LogLinesOptions { IsVerbose = isVerbose }), _time, _outage);

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("first line\nsecond line");
        }
        catch (InvalidOperationException failure)
        {
            return failure;
        }
    }

    private static string Write(LogLines lines, LogLevel level, string message, Exception? failure = null, string category = "Some.Part", EventId? number = null)
    {
        using var writer = new StringWriter();
        lines.Write(new LogEntry<string>(level, category, number ?? 7, message, failure, (state, _) => state), null, writer);
        return writer.ToString();
    }
}
