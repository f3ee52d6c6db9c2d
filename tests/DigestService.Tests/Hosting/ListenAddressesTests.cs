using System.Net.Sockets;
using DigestService.Hosting;
using DigestService.Platform;

namespace DigestService.Tests.Hosting;

/// <summary>What an operator reads of <c>Urls</c>: nothing is taken for something else, and what cannot be had says why.</summary>
public sealed class ListenAddressesTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://localhost")]
    [InlineData("http://[::1]:8080;http://127.0.0.1:8080")]
    [InlineData("http://*:8080")]
    [InlineData("http://+:8080/")]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://unix:/run/digest.sock")]
    public void Addresses_are_taken_as_they_are(string urls) => ListenAddresses.Read(urls).ShouldBe(urls.Split(';'));

    [Theory]
    [InlineData("http://127.0.0.1:8080", 1)]
    [InlineData("http://localhost", 2)]
    [InlineData("http://[::1]:8080;http://localhost:8081;http://unix:/run/digest.sock", 4)]
    public void Each_place_is_counted_at_which_the_server_listens(string urls, int count) => ListenAddresses.Count(ListenAddresses.Read(urls)).ShouldBe(count);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void Without_one_it_is_the_usual_one(string? urls) => ListenAddresses.Read(urls).ShouldBe(["http://127.0.0.1:8080"]);

    [Theory]
    [InlineData("http://papers.example:8080", "is a name, and the service listens on addresses")]
    [InlineData("http://localhost.example", "is a name")]
    [InlineData("http://127.0.0.1:8080;http://myhost", "'http://myhost' is a name")]
    [InlineData("https://127.0.0.1:8443", "asks for TLS, which the service leaves to a proxy")]
    [InlineData("http://localhost:0", "write http://127.0.0.1:0")]
    [InlineData("http://127.0.0.1:8080/papers", "has a path")]
    [InlineData("127.0.0.1:8080", "is no address such as")]
    [InlineData("8080", "is no address such as")]
    [InlineData("ftp://127.0.0.1:21", "is no address such as")]
    [InlineData("http://127.0.0.1:99999", "is no address such as")]
    [InlineData("http://localhost;http://localhost", "names http://localhost twice")]
    [InlineData("http://localhost;http://localhost:80", "twice")]
    public void What_would_be_taken_for_another_or_cannot_be_read_is_refused(string urls, string says)
    {
        var refusal = Should.Throw<OperatorException>(() => ListenAddresses.Read(urls)).Message;

        refusal.ShouldStartWith("Setting Urls");
        refusal.ShouldContain(says);
    }

    [Theory]
    [InlineData(SocketError.AccessDenied, "needs rights that this account has not")]
    [InlineData(SocketError.AddressNotAvailable, "is no address of this machine")]
    [InlineData(SocketError.AddressAlreadyInUse, "is taken by another program")]
    public void What_cannot_be_listened_on_says_why(SocketError error, string says)
    {
        ListenAddresses.Explain(new SocketException((int)error), "http://127.0.0.1:80").ShouldNotBeNull().ShouldStartWith($"Setting Urls: 'http://127.0.0.1:80' {says}");
        ListenAddresses.Explain(new IOException("Failed to bind to address http://localhost:80.", new AggregateException(new SocketException((int)error))), "http://127.0.0.1:8080;http://localhost:80")
            .ShouldNotBeNull().ShouldStartWith($"Setting Urls: 'http://localhost:80' {says}");
        ListenAddresses.Explain(new InvalidOperationException("else"), null).ShouldBeNull();
    }
}
