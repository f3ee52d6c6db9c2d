using DigestService.Platform;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Platform;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task A_program_that_cannot_be_started_is_told_once_and_with_the_systems_reason()
    {
        if (OperatingSystem.IsWindows())
            throw Skip.Because("the reason is Unix's");
        var folder = TestDirectory.Create("programs");
        var text = Path.Combine(folder, "initdb");
        await File.WriteAllTextAsync(text, "no program");

        (await RefusalAsync(Path.Combine(folder, "none"))).ShouldBe($"{folder}/none could not be started in {folder}: No such file or directory.");
        (await RefusalAsync(text)).ShouldBe($"{text} could not be started in {folder}: Permission denied.");

        async Task<string> RefusalAsync(string program) =>
            (await Should.ThrowAsync<OperatorException>(() => ChildProcess.RunAsync(program, [], folder, account: null, CancellationToken.None))).Message;
    }
}
