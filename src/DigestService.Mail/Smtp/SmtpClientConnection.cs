using System.Net.Sockets;
using System.Text;

namespace DigestService.Mail.Smtp;

/// <summary>
/// Our own SMTP client (RFC 5321, 2920, 3207, 4954): the commands of a mail go out in one write where the server
/// offers PIPELINING, and every step has its share of one total deadline.
/// </summary>
public sealed class SmtpClientConnection : IMailTransport
{
    private SmtpLink? _link;
    private SmtpRelay? _relay;
    private bool _needsReset;

    /// <inheritdoc/>
    public SmtpCapabilities Capabilities { get; private set; } = SmtpCapabilities.None;

    /// <inheritdoc/>
    public bool IsUsable { get; private set; }

    /// <inheritdoc/>
    public async Task<ConnectOutcome> ConnectAsync(SmtpRelay relay, CancellationToken ct)
    {
        await CloseAsync();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(relay.ConnectTimeout);
        var (outcome, link, capabilities) = await SmtpHandshake.OpenAsync(relay, deadline.Token);
        if (outcome.Result != ConnectResult.Ready || link is null)
        {
            ct.ThrowIfCancellationRequested();
            return outcome;
        }

        _link = link;
        _relay = relay;
        _needsReset = false;
        Capabilities = capabilities;
        IsUsable = true;
        return outcome;
    }

    /// <inheritdoc/>
    public async Task<SendOutcome> SendAsync(Envelope envelope, ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        if (_link is null || _relay is null || !IsUsable)
            return new SendOutcome(SendStage.MailFrom, SendResult.NotSent, null, "The connection is closed.");
        if (SmtpContent.WhyUnsendable(envelope, message.Span, Capabilities, out var content) is { } reason)
            return new SendOutcome(SendStage.MailFrom, SendResult.RejectedPermanently, null, reason);

        var conversation = new Conversation { Stage = SendStage.MailFrom };
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            deadline.CancelAfter(_relay.SendTimeout);
            var refusal = await SendEnvelopeAsync(_link, conversation, content.MailCommand, content.RcptCommand, deadline.Token);
            if (refusal is not null)
                return refusal;

            conversation.Stage = SendStage.BeforeDot;
            // A server that speaks or leaves before the dot has certainly not taken the mail; we listen while we write.
            var answer = conversation.Answer = _link.Replies.ReadAsync(deadline.Token).AsTask();
            await WriteContentAsync(_link, content, message, answer, deadline.Token);
            if (answer.IsCompleted)
                return SpokenEarly(await answer);

            deadline.Token.ThrowIfCancellationRequested();
            conversation.Stage = SendStage.AfterDot;
            deadline.CancelAfter(_relay.AfterDotTimeout);
            await _link.Stream.WriteAsync(content.Terminator, deadline.Token);
            return AfterDot(await answer);
        }
        catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // What was under way when the connection failed decides: before the dot nothing was taken, after it nobody knows.
            IsUsable = false;
            _link.Abort();
            await conversation.ForgetAnswerAsync();
            return conversation.Refusal ?? new SendOutcome(
                conversation.Stage,
                conversation.Stage == SendStage.AfterDot ? SendResult.Unknown : SendResult.NotSent,
                null,
                Describe(broken, ct));
        }
    }

    /// <inheritdoc/>
    public async Task QuitAsync(CancellationToken ct)
    {
        if (_link is not null && IsUsable)
        {
            IsUsable = false;
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
            deadline.CancelAfter(TimeSpan.FromSeconds(1));
            try
            {
                await _link.Stream.WriteAsync("QUIT\r\n"u8.ToArray(), deadline.Token);
                await _link.Replies.ReadAsync(deadline.Token);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The server may leave without a word; there is nothing left to lose.
            }
        }

        await CloseAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync();

    private async ValueTask CloseAsync()
    {
        IsUsable = false;
        Capabilities = SmtpCapabilities.None;
        if (_link is { } link)
        {
            _link = null;
            await link.DisposeAsync();
        }
    }

    private async Task<SendOutcome?> SendEnvelopeAsync(SmtpLink link, Conversation conversation, string mail, string rcpt, CancellationToken ct)
    {
        var reset = _needsReset;
        _needsReset = true;
        if (Capabilities.Pipelining)
        {
            await link.WriteAsync($"{(reset ? "RSET\r\n" : "")}{mail}{rcpt}DATA\r\n", ct);
            if (reset)
                JudgeReset(conversation, await link.Replies.ReadAsync(ct));
            Judge(conversation, SendStage.MailFrom, await link.Replies.ReadAsync(ct));
            Judge(conversation, SendStage.RcptTo, await link.Replies.ReadAsync(ct));
        }
        else
        {
            if (reset)
                JudgeReset(conversation, await link.AskAsync("RSET\r\n", ct));
            Judge(conversation, SendStage.MailFrom, await link.AskAsync(mail, ct));
            if (conversation.Refusal is not null)
                return conversation.Refusal;
            conversation.Stage = SendStage.RcptTo;
            Judge(conversation, SendStage.RcptTo, await link.AskAsync(rcpt, ct));
            if (conversation.Refusal is not null)
                return conversation.Refusal;
            conversation.Stage = SendStage.Data;
            await link.WriteAsync("DATA\r\n", ct);
        }

        conversation.Stage = SendStage.Data;
        var data = await link.Replies.ReadAsync(ct);
        if (data.Code == 354 && conversation.Refusal is { } refusedBefore)
        {
            // DATA was granted although nobody is to receive it: end it with a lone dot (RFC 2920 3.1).
            await link.AskAsync(".\r\n", ct);
            return refusedBefore;
        }

        if (data.Code != 354)
            Judge(conversation, SendStage.Data, data);
        return conversation.Refusal;
    }

    private void JudgeReset(Conversation conversation, SmtpReply reply)
    {
        if (reply.Code is < 200 or >= 300)
            Judge(conversation, SendStage.MailFrom, reply.Code == 421 ? reply : reply with { Code = 451 });
    }

    private void Judge(Conversation conversation, SendStage stage, SmtpReply reply)
    {
        if (stage != SendStage.Data && reply.Code is >= 200 and < 300)
        {
            if (conversation.Refusal is null)
                conversation.Stage = stage + 1;
            return;
        }

        conversation.Refusal ??= Refused(stage, reply);
        // After 421, or a reply that fits no command, no further reply can be trusted to come or to mean what it says.
        if (reply.Code is 421 or < 400)
            throw new SmtpProtocolException("The server ended the session.");
    }

    private SendOutcome Refused(SendStage stage, SmtpReply reply)
    {
        if (reply.Code == 421)
            IsUsable = false;
        if (reply.Code >= 500)
            return new SendOutcome(stage, SendResult.RejectedPermanently, reply, null);
        if (reply.Code >= 400)
            return new SendOutcome(stage, SendResult.RejectedTemporarily, reply, null);
        IsUsable = false;
        return new SendOutcome(stage, SendResult.NotSent, reply, $"The server answered {reply.Code} where no server does.");
    }

    private static async Task WriteContentAsync(SmtpLink link, SmtpContent content, ReadOnlyMemory<byte> message, Task<SmtpReply> answer, CancellationToken ct)
    {
        var writing = content.WriteAsync(link.Stream, message, ct);
        if (!writing.IsCompleted)
        {
            await Task.WhenAny(writing, answer);
            if (!writing.IsCompleted)
            {
                // The server answered in the middle. Its word counts; what was still to be written goes with the connection.
                link.Abort();
            }
        }

        try
        {
            await writing;
        }
        catch (Exception e) when (answer.IsCompletedSuccessfully && e is IOException or SocketException or ObjectDisposedException)
        {
            // The answer says more than the broken pipe does.
        }
    }

    private SendOutcome SpokenEarly(SmtpReply reply)
    {
        IsUsable = false;
        return reply.Code >= 400
            ? Refused(SendStage.BeforeDot, reply)
            : new SendOutcome(SendStage.BeforeDot, SendResult.NotSent, reply, "The server answered before the mail was complete.");
    }

    private SendOutcome AfterDot(SmtpReply reply)
    {
        _needsReset = false;
        if (reply.Code is >= 200 and < 300)
            return new SendOutcome(SendStage.AfterDot, SendResult.Accepted, reply, null);
        if (reply.Code >= 400)
            return Refused(SendStage.AfterDot, reply);
        IsUsable = false;
        return new SendOutcome(SendStage.AfterDot, SendResult.Unknown, reply, $"The server answered {reply.Code} to the final dot.");
    }

    private static string Describe(Exception broken, CancellationToken ct) => broken switch
    {
        OperationCanceledException when ct.IsCancellationRequested => "Sending was cancelled.",
        OperationCanceledException => "The server took too long.",
        _ => broken.Message,
    };

    private sealed class Conversation
    {
        public SendStage Stage { get; set; }

        public SendOutcome? Refusal { get; set; }

        public Task<SmtpReply>? Answer { get; set; }

        /// <summary>Lets a reply that nobody will read any more fail unheard.</summary>
        public async Task ForgetAnswerAsync()
        {
            if (Answer is not null)
                await ((Task)Answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
