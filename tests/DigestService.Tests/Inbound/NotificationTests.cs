using DigestService.Inbound.Reading;
using DigestService.Inbound.Ways;

namespace DigestService.Tests.Inbound;

/// <summary>Amazon SES's notices in JSON.</summary>
public sealed class NotificationTests
{
    [Fact]
    public void A_notice_without_headers_names_its_mail_by_the_envelope()
    {
        var reading = Read("""{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"ada@reader.example","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},"mail":{"source":"bounces+7@papers.example","messageId":"0000-aws"}}""");

        reading.Kind.ShouldBe(InboundKind.Bounce);
        reading.ReturnedEnvelopes.ShouldBe(["bounces+7@papers.example"]);
        reading.ReturnedMessageIds.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("abuse", InboundKind.Complaint)]
    [InlineData("fraud", InboundKind.Complaint)]
    [InlineData("other", InboundKind.Complaint)]
    [InlineData(null, InboundKind.Complaint)]
    [InlineData("not-spam", InboundKind.AutoReply)]
    [InlineData("auth-failure", InboundKind.AutoReply)]
    internal void What_was_no_complaint_is_none(string? feedback, InboundKind kind)
    {
        var type = feedback is null ? "" : $""","complaintFeedbackType":"{feedback}" """;

        Read($$$"""{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"ada@reader.example"}]{{{type}}}},"mail":{"source":"b@papers.example"}}""").Kind.ShouldBe(kind);
    }

    [Theory]
    [InlineData("""{"notificationType":"Delivery","delivery":{"recipients":["ada@reader.example"],"smtpResponse":"250 2.6.0 Message received"},"mail":{}}""")]
    [InlineData("""{"eventType":"DeliveryDelay","deliveryDelay":{"delayType":"TransientCommunicationFailure","delayedRecipients":[{"emailAddress":"ada@reader.example","status":"4.4.1","diagnosticCode":"smtp; 421 4.4.1 Unable to connect to remote host"}]},"mail":{}}""")]
    [InlineData("""{"eventType":"Reject","reject":{"reason":"Bad content"},"mail":{"destination":["ada@reader.example"]}}""")]
    [InlineData("""{"eventType":"Rendering Failure","failure":{"errorMessage":"Undelivered: 550 5.1.1 ada@reader.example user unknown"},"mail":{}}""")]
    [InlineData("""{"eventType":"Open","open":{},"mail":{"destination":["ada@reader.example"]}}""")]
    [InlineData("""{"notificationType":"Bounce"}""")]
    [InlineData("""{"notificationType":"Bounce","bounce":"550 5.1.1 user unknown ada@reader.example","mail":"x"}""")]
    [InlineData("""{"notificationType":"Complaint","complaint":[1],"mail":{"headers":[1,"x",{"name":2}],"commonHeaders":[],"source":[]}}""")]
    public void Of_other_notices_nothing_follows(string json)
    {
        var reading = Read(json);

        reading.Kind.ShouldBe(InboundKind.AutoReply);
        reading.Recipients.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"notificationType":"\ud800","mail":{}}""")]
    [InlineData("""{"\ud800":1,"notificationType":"Bounce","bounce":{"\udfff":1,"bouncedRecipients":[{"e\ud800":1}]},"mail":{"source":"\ud83d"}}""")]
    [InlineData("""{"notificationType":"Bounce","mail":7,"bounce":{"bouncedRecipients":7}}""")]
    [InlineData("""{"notificationType":"Bounce","mail":{"commonHeaders":"x","headers":"y"},"bounce":{"bouncedRecipients":[7,null,[]]}}""")]
    public void No_notice_throws(string json) => Should.NotThrow(() => Read(json));

    private static InboundReading Read(string json) => InboundReader.Read(ReportWriter.Json(json));
}
