namespace DigestService.Platform.Layout;

/// <summary>One field of a form or of a JSON body that cannot be taken, and a sentence why.</summary>
internal sealed record InputFault(string Field, string Sentence);
