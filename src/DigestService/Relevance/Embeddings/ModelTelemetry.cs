using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DigestService.Relevance.Embeddings;

/// <summary>ONNX Runtime reports to its makers, and keeps a number of the machine in the home folder, unless it is told not to before it is loaded.</summary>
internal static class ModelTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>
    /// Turns it off as this program is loaded, before anything else runs: its API can only do so after a first report, and
    /// the environment must not change once there are threads that read it.
    /// </summary>
    [ModuleInitializer]
    internal static void TurnOff()
    {
        Environment.SetEnvironmentVariable(Variable, "1");
        // On Unix .NET keeps variables to itself; a native library reads those of the C library.
        if (!OperatingSystem.IsWindows() && SetForNativeCode(Variable, "1", overwrite: 1) != 0)
            throw new InvalidOperationException($"{Variable} could not be set.");
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetForNativeCode(string name, string value, int overwrite);
}
