using System.CommandLine;
using DigestService.Inbound.Handling;
using DigestService.Inbound.Reading;
using DigestService.Inbound.Ways;
using DigestService.Mail;
using DigestService.Platform;
using DigestService.Topics;
using Spectre.Console;

namespace DigestService.Inbound;

/// <summary>The verb <c>inbound</c>: what a message is, and handling one as an MTA's pipe would.</summary>
internal static class InboundVerb
{
    /// <summary>Builds it.</summary>
    public static Command Create() => new("inbound", "Mail that comes back: commands, replies, bounces, complaints.") 
    {
        Classify(),
        Handle(),
        Fetch(),
    };

    private static Command Classify()
    {
        var paths = new Argument<string[]>("PATH") { Description = "Files or folders of raw messages.", Arity = ArgumentArity.OneOrMore };
        return new Command("classify", "Say what each message is; changes nothing.") { paths }.DoesAlone(async (parse, ct) =>
        {
            var messages = new List<(string Path, string File, InboundReading Reading)>();
            foreach (var path in parse.GetValue(paths) ?? [])
            {
                foreach (var file in FilesAt(path))
                    messages.Add((path, file, await ReadAsync(file, ct)));
            }

            VerbContext.Report(parse, new { messages = messages.Select(message => Describe(message.Path, message.File, message.Reading)) }, writer =>
            {
                foreach (var (path, file, reading) in messages)
                    Write(writer, NameOf(path, file), reading);
            });
            return 0;
        });
    }

    private static Command Handle()
    {
        var path = new Argument<string>("FILE") { Description = "A raw message, or - for standard input." };
        return new Command("handle", "Take one raw message as an MTA's pipe does.") { path }.Does(
            async (verb, ct) =>
            {
                var name = verb.Parse.GetValue(path)!; // it is required
                if (name == "-")
                    StandardStreams.RefuseClosedInput();
                await using var input = name == "-" ? Console.OpenStandardInput() : Open(name);
                var raw = new byte[InboundReader.MostBytes + 1];
                var length = await input.ReadAtLeastAsync(raw, raw.Length, throwOnEndOfStream: false, ct);
                // An MTA that is cut off while it writes thinks that the message was not taken.
                await input.CopyToAsync(Stream.Null, ct);
                var isTruncated = length > InboundReader.MostBytes;
                var id = await verb.Service<InboundStore>().AddAsync("pipe", raw.AsMemory(0, Math.Min(length, InboundReader.MostBytes)), isTruncated, ct);
                await verb.Service<TopicCatalogue>().LoadAsync(ct);
                var result = await verb.Service<InboundHandler>().HandleAsync(id, ct);
                verb.Report(new { kind = KindOf(result.Kind), action = result.Action }, $"{KindOf(result.Kind)}: {result.Action}");
                return 0;
            },
            Verb.NowOption());
    }

    private static Command Fetch() => new Command("fetch", "Work off the mailbox once, then exit.").Does(
        async (verb, ct) =>
        {
            try
            {
                return await FetchAsync(verb, ct);
            }
            catch (MailboxException failure)
            {
                // Cron may run this in place of the role: then it is the one that knows whether the inbox can be read.
                await verb.Service<InboxHealth>().FailedAsync(failure.Message, ct);
                throw new OperatorException(failure.Message, failure);
            }
        },
        Verb.NowOption());

    private static async Task<int> FetchAsync(VerbContext verb, CancellationToken ct)
    {
        await verb.Service<TopicCatalogue>().LoadAsync(ct);
        await using var mailbox = InboxReader.OpenToRead(verb.Service<InboxOptions>(), verb.Service<ILogger<InboxReader>>());
        var round = await AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask("Reading mail");
                return await verb.Service<InboxReader>().WorkOffAsync(mailbox, new BarProgress(task), ct);
            });
        // What came by pipe or webhook is worked off all the same.
        var warning = mailbox is null ? "No mailbox is set (Inbox__Kind)." : mailbox.Warning;
        var said = warning is null ? "" : $". {warning}";
        verb.Report(new { handled = round.Done - round.Failed, failed = round.Failed, warning }, $"{round.Done - round.Failed} handled, {round.Failed} failed{said}");
        return round.Failed == 0 ? 0 : 1;
    }

    /// <summary>A reading as the contract prints it.</summary>
    private static object Describe(string path, string file, InboundReading reading) => new
    {
        file = NameOf(path, file),
        kind = KindOf(reading.Kind),
        recipients = reading.Recipients.Select(of => new { of.Address, of.Status, of.Permanent, of.Reason }).ToList(),
        commands = reading.Commands.Select(of => new { verb = NameOf(of.Verb), of.Argument, of.Line, of.Text }).ToList(),
        subject = reading.Subject,
        automatic = reading.IsAutomatic,
        text = reading.Text,
    };

    /// <summary>The same for people: a line a message, and one below it for each reader and command in it.</summary>
    private static void Write(TextWriter writer, string file, InboundReading reading)
    {
        writer.WriteLine($"{file}: {KindOf(reading.Kind)}{(reading.IsAutomatic ? ", sent by a machine" : "")}");
        foreach (var recipient in reading.Recipients)
            writer.WriteLine($"  {EmailAddress.Readable(recipient.Address) ?? "an address that it does not name"}: {string.Join(' ', ((string?[])[recipient.Permanent ? "for good" : "for now", recipient.Status, recipient.Reason]).Where(word => !string.IsNullOrEmpty(word)))}");
        foreach (var command in reading.Commands)
            writer.WriteLine($"  {NameOf(command.Verb)} {command.Argument}".TrimEnd());
    }

    private static string NameOf(string path, string file) => Directory.Exists(path) ? Path.GetRelativePath(path, file) : file;

    /// <summary>The contract's word for a kind.</summary>
    internal static string KindOf(InboundKind kind) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    private static string NameOf(Commands.MailVerb verb) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(verb.ToString());

    private static IEnumerable<string> FilesAt(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        : File.Exists(path) ? [path] : throw new OperatorException(FileWords.Missing(path));

    private static async Task<InboundReading> ReadAsync(string file, CancellationToken ct)
    {
        await using var stream = Open(file);
        // A pipe has no length, and a device has none that is true.
        var raw = new byte[stream.CanSeek && stream.Length is > 0 and <= InboundReader.MostBytes ? (int)stream.Length : InboundReader.MostBytes + 1];
        var length = await stream.ReadAtLeastAsync(raw, raw.Length, throwOnEndOfStream: false, ct);
        return InboundReader.Read(raw.AsMemory(0, length));
    }

    private static FileStream Open(string file)
    {
        try
        {
            return File.OpenRead(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new OperatorException(FileWords.Unreadable(file, unreadable), unreadable);
        }
    }

    private sealed class BarProgress(ProgressTask task) : IProgress<InboxProgress>
    {
        public void Report(InboxProgress value)
        {
            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Done;
            task.Description = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Reading mail: {value.Done} of {value.Total}");
        }
    }
}
