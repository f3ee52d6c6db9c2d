using DigestService.Platform;

namespace DigestService.Tests.Platform;

public sealed class LoopbackTests
{
    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LocalHost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9", true)]
    [InlineData("::1", true)]
    [InlineData("[::1]", true)]
    [InlineData("localhost.example.org", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("relay.example.org", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void This_machine_is_known_by_its_names_and_addresses(string? host, bool isThisMachine) => Loopback.Is(host).ShouldBe(isThisMachine);
}
