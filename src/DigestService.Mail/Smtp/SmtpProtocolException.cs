namespace DigestService.Mail.Smtp;

/// <summary>The other side said something that no SMTP server says, or left in the middle of it.</summary>
internal sealed class SmtpProtocolException(string message) : IOException(message);
