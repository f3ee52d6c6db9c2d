using System.CommandLine;
using DigestService.Inbound.Reading;
using DigestService.Platform;

namespace DigestService.Inbound;

/// <summary>The verb <c>inbound</c>: what a message is, and handling one as an MTA's pipe would.</summary>
internal static class InboundVerb
{
    /// <summary>Builds it.</summary>
    public static Command Create() => new("inbound", "Mail that comes back: commands, replies, bounces, complaints.") { Classify() };

    private static Command Classify()
    {
        var paths = new Argument<string[]>("PATH") { Description = "Files or folders of raw messages.", Arity = ArgumentArity.OneOrMore };
        return new Command("classify", "Say what each message is; changes nothing.") { paths }.DoesAlone(async (parse, ct) =>
        {
            var messages = new List<object>();
            foreach (var path in parse.GetValue(paths) ?? [])
            {
                foreach (var file in FilesAt(path))
                    messages.Add(Describe(path, file, await ReadAsync(file, ct)));
            }

            VerbContext.Report(parse, new { messages }, writer =>
            {
                foreach (var message in messages)
                    writer.WriteLine(System.Text.Json.JsonSerializer.Serialize(message, ServiceJson.Options));
            });
            return 0;
        });
    }

    /// <summary>A reading as the contract prints it.</summary>
    internal static object Describe(string path, string file, InboundReading reading) => new
    {
        file = Directory.Exists(path) ? Path.GetRelativePath(path, file) : file,
        kind = KindOf(reading.Kind),
        recipients = reading.Recipients.Select(of => new { of.Address, of.Status, of.Permanent, of.Reason }).ToList(),
        commands = reading.Commands.Select(of => new { verb = NameOf(of.Verb), of.Argument, of.Line, of.Text }).ToList(),
        subject = reading.Subject,
        automatic = reading.IsAutomatic,
        text = reading.Text,
    };

    /// <summary>The contract's word for a kind.</summary>
    internal static string KindOf(InboundKind kind) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    private static string NameOf(Commands.MailVerb verb) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(verb.ToString());

    private static IEnumerable<string> FilesAt(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        : File.Exists(path) ? [path] : throw new OperatorException($"There is no file or folder '{path}'.");

    private static async Task<InboundReading> ReadAsync(string file, CancellationToken ct)
    {
        await using var stream = File.OpenRead(file);
        var raw = new byte[(int)Math.Min(stream.Length, InboundReader.MostBytes + 1)];
        var length = await stream.ReadAtLeastAsync(raw, raw.Length, throwOnEndOfStream: false, ct);
        return InboundReader.Read(raw.AsMemory(0, length));
    }
}
