using System.Buffers;
using System.Collections.Concurrent;
using DigestService.Mail.Dkim;
using DigestService.Mail.Mime;
using DigestService.Platform;

namespace DigestService.Delivery;

/// <summary>Section <c>Dkim</c>: the key that answers for our mail. All unset, mail goes out unsigned.</summary>
public sealed class DkimOptions
{
    /// <summary>The domain that signs (<c>d=</c>): that of <c>Mail__From</c> or one above it.</summary>
    public string? Domain { get; set; }

    /// <summary>The key's name in DNS (<c>s=</c>).</summary>
    public string? Selector { get; set; }

    /// <summary>PEM file of a private RSA key.</summary>
    public string? PrivateKeyFile { get; set; }
}

/// <summary>Signs mails with DKIM where a key is set. The same mail and key always give the same signature.</summary>
internal sealed class MailSignature : IDisposable
{
    private readonly DkimSigner? _signer;
    private readonly ConcurrentBag<ArrayBufferWriter<byte>> _pages = [];

    private MailSignature(DkimSigner? signer) => _signer = signer;

    /// <summary>The signer, for <c>doctor</c> to hold against DNS; null where mail goes out unsigned.</summary>
    public DkimSigner? Signer => _signer;

    /// <summary>Reads the key, so that a bad one stops the start and not the first mail.</summary>
    /// <exception cref="OperatorException">The section is half set, or the key is not to be used.</exception>
    public static MailSignature Load(DkimOptions options)
    {
        string?[] settings = [options.Domain, options.Selector, options.PrivateKeyFile];
        if (settings.All(string.IsNullOrWhiteSpace))
            return new MailSignature(null);
        if (settings.Any(string.IsNullOrWhiteSpace))
            throw new OperatorException("Dkim__Domain, Dkim__Selector and Dkim__PrivateKeyFile belong together: set all three, or none to send unsigned.");
        try
        {
            return new MailSignature(DkimSigner.FromPem(options.Domain!, options.Selector!, File.ReadAllText(options.PrivateKeyFile!)));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            var why = FileWords.WhyUnreadable(Path.GetFullPath(options.PrivateKeyFile!), unreadable, "put the key there, or correct the setting."); // it was tried
            throw new OperatorException($"Setting Dkim__PrivateKeyFile: {why}", unreadable);
        }
        catch (ArgumentException unusable)
        {
            var setting = unusable.ParamName == "pem" ? $"Dkim__PrivateKeyFile ({options.PrivateKeyFile})" : "Dkim";
            throw new OperatorException($"Setting {setting}: {unusable.Message.Split(" (Parameter")[0]}", unusable);
        }
    }

    /// <summary>The finished message. The signature's time is the mail's own date, so that the same mail stays the same.</summary>
    public byte[] Sign(MimeMessage mail)
    {
        var page = _pages.TryTake(out var free) ? free : new ArrayBufferWriter<byte>(128 * 1024);
        try
        {
            page.ResetWrittenCount();
            MimeWriter.Write(mail, page);
            return _signer is null ? page.WrittenSpan.ToArray() : _signer.Sign(page.WrittenSpan, mail.Date);
        }
        finally
        {
            _pages.Add(page);
        }
    }

    /// <summary>The same for a mail that was written already; unsigned where no key is set.</summary>
    public byte[] Sign(byte[] mail, DateTimeOffset date) => _signer is null ? mail : _signer.Sign(mail, date);

    /// <summary>The signature's header, which goes before a mail that was written already; empty where no key is set.</summary>
    public ReadOnlySpan<byte> HeaderFor(ReadOnlySpan<byte> mail, DateTimeOffset date) => _signer is null ? [] : _signer.HeaderFor(mail, date);

    /// <inheritdoc/>
    public void Dispose() => _signer?.Dispose();
}
