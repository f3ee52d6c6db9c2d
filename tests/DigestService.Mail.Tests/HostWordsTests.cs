using System.Net.Sockets;

namespace DigestService.Mail.Tests;

/// <summary>A name without an address is told as such, and not in the system's words.</summary>
public sealed class HostWordsTests
{
    [Theory]
    [InlineData(SocketError.TryAgain, "no DNS resolver answers for its name")]
    [InlineData(SocketError.HostNotFound, "its name has no address")]
    [InlineData(SocketError.NoData, "its name has no address")]
    public void A_name_without_an_address_is_told(SocketError error, string words) =>
        HostWords.WhyNoAddress(new SocketException((int)error)).ShouldNotBeNull().ShouldStartWith(words);

    [Fact]
    public void What_else_fails_keeps_its_own_words() =>
        HostWords.WhyNoAddress(new SocketException((int)SocketError.ConnectionRefused)).ShouldBeNull();
}
