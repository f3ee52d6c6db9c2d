using System.Net;
using System.Net.Sockets;
using System.Text;
using DigestService.Admin;

namespace DigestService.Tests.Admin;

public sealed class TextRecordsTests
{
    private const byte NoSuchName = 3;
    private const byte ServerFailure = 2;

    [Fact]
    public async Task A_record_of_several_strings_is_one_text()
    {
        using var resolver = new ScriptedResolver(code: 0, "v=DKIM1; k=rsa; p=", new string('A', 255), "end");

        (await LookUpAsync(resolver)).ShouldBe(["v=DKIM1; k=rsa; p=" + new string('A', 255) + "end"]);
    }

    [Fact]
    public async Task A_name_that_does_not_exist_has_no_records()
    {
        using var resolver = new ScriptedResolver(NoSuchName);

        (await LookUpAsync(resolver)).ShouldBe([]);
    }

    [Fact]
    public async Task A_resolver_that_fails_gives_no_answer_to_rely_on()
    {
        using var resolver = new ScriptedResolver(ServerFailure);

        (await LookUpAsync(resolver)).ShouldBeNull();
    }

    [Fact]
    public async Task A_resolver_that_is_not_there_gives_no_answer_to_rely_on()
    {
        var resolver = new ScriptedResolver(code: 0);
        resolver.Dispose();

        (await LookUpAsync(resolver)).ShouldBeNull();
    }

    [Fact]
    public async Task A_machine_without_any_resolver_gets_no_answer_to_rely_on() =>
        (await new TextRecords([]).LookUpAsync("s._domainkey.papers.example", CancellationToken.None)).ShouldBeNull();

    private static Task<IReadOnlyList<string>?> LookUpAsync(ScriptedResolver resolver) =>
        new TextRecords([resolver.EndPoint]).LookUpAsync("s._domainkey.papers.example", CancellationToken.None);

    /// <summary>A resolver on loopback that gives every question the same answer.</summary>
    private sealed class ScriptedResolver : IDisposable
    {
        private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
        private readonly byte _code;
        private readonly string[] _strings;

        public ScriptedResolver(byte code, params string[] strings)
        {
            (_code, _strings) = (code, strings);
            EndPoint = (IPEndPoint)_socket.Client.LocalEndPoint!; // bound above
            _ = AnswerAllAsync();
        }

        public IPEndPoint EndPoint { get; }

        public void Dispose() => _socket.Dispose();

        private async Task AnswerAllAsync()
        {
            try
            {
                while (true)
                {
                    var question = await _socket.ReceiveAsync();
                    await _socket.SendAsync(Answer(question.Buffer), question.RemoteEndPoint);
                }
            }
            catch (Exception over) when (over is ObjectDisposedException or SocketException)
            {
                // The test is over.
            }
        }

        /// <summary>The question back with its header turned into an answer's, and one TXT record where there are strings.</summary>
        private byte[] Answer(byte[] question)
        {
            var end = 12;
            while (question[end] != 0)
                end += question[end] + 1;
            var answer = new List<byte>(question[..(end + 5)]) { };
            (answer[2], answer[3]) = (0x81, (byte)(0x80 | _code));
            (answer[7], answer[11]) = (_strings.Length > 0 ? (byte)1 : (byte)0, 0);
            if (_strings.Length == 0)
                return [.. answer];
            var data = _strings.SelectMany(text => Encoding.ASCII.GetBytes(text).Prepend((byte)text.Length)).ToArray();
            return [.. answer, 0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 60, (byte)(data.Length >> 8), (byte)data.Length, .. data];
        }
    }
}
