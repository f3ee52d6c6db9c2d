using System.Text;

namespace DigestService.Platform;

/// <summary>Standard input and standard error where whoever started the program closed them, or led them to a disk that is full.</summary>
internal static class StandardStreams
{
    private const string Descriptors = "/proc/self/fd";

    /// <summary>To be called before standard input is read.</summary>
    /// <exception cref="OperatorException">It was closed.</exception>
    public static void RefuseClosedInput()
    {
        if (IsInputClosed())
            throw new OperatorException("Standard input is closed: lead a file or a pipe to it.");
    }

    /// <summary>Lets what cannot be told on stderr be lost: work that goes well must not fail for it, nor its exit code.</summary>
    public static void LoseWhatErrorsCannotTake() => Console.SetError(TextWriter.Synchronized(new LosingWriter(Console.Error)));

    // The runtime's first pipe has the number of an input that was closed, and the end to write to it stands open in this
    // very process: reading it would wait for ever.
    private static bool IsInputClosed() =>
        OperatingSystem.IsLinux()
        && TargetOf(Path.Combine(Descriptors, "0")) is { } input
        && input.StartsWith("pipe:", StringComparison.Ordinal)
        && Directory.GetFiles(Descriptors).Any(other => TargetOf(other) == input && IsForWriting(other));

    private static string? TargetOf(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget;
        }
        catch (IOException)
        {
            // Closed meanwhile, like the one by which they are listed.
            return null;
        }
    }

    // The last digit of the flags is how it was opened: 0 is for reading alone.
    private static bool IsForWriting(string descriptor) =>
        File.ReadLines(Path.Combine("/proc/self/fdinfo", Path.GetFileName(descriptor))).Any(line => line.StartsWith("flags:", StringComparison.Ordinal) && line[^1] != '0');

    private sealed class LosingWriter(TextWriter inner) : TextWriter
    {
        public override Encoding Encoding => inner.Encoding;

        public override void Write(char value) => Try(() => inner.Write(value));

        public override void Write(string? value) => Try(() => inner.Write(value));

        public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

        public override void Flush() => Try(inner.Flush);

        private static void Try(Action write)
        {
            try
            {
                write();
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // There is nobody to tell.
            }
        }
    }
}
