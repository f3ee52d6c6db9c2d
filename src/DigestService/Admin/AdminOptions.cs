using System.ComponentModel.DataAnnotations;

namespace DigestService.Admin;

/// <summary>Section <c>Admin</c>: who may see the operator's pages.</summary>
public sealed class AdminOptions
{
    /// <summary>The password of <c>/admin</c>, at least 8 characters; unset, there are no such pages.</summary>
    [MinLength(8)]
    public string? Password { get; set; }
}
