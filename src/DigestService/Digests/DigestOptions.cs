using System.ComponentModel.DataAnnotations;

namespace DigestService.Digests;

/// <summary>Section <c>Digest</c>: what a digest holds, and when it is too late for one.</summary>
public sealed class DigestOptions : IValidatableObject
{
    /// <summary>The most entries in the digests of a new reader who names no number; later it is a setting of theirs.</summary>
    [Range(1, 50)]
    public int MaxItems { get; set; } = 10;

    /// <summary>Places kept for what is big outside the reader's topics.</summary>
    [Range(0, 20)]
    public int OutsideTopics { get; set; } = 2;

    /// <summary>Papers that score lower, from 0 to 1, are not sent.</summary>
    [Range(0.0, 1.0)]
    public double MinimumScore { get; set; } = 0.05;

    /// <summary>How long a digest waits past its hour for a source that is late.</summary>
    public TimeSpan WaitForSources { get; set; } = TimeSpan.FromHours(2);

    /// <summary>What a day without news brings, unless the reader says otherwise.</summary>
    public EmptyDay EmptyDay { get; set; } = EmptyDay.Skip;

    /// <summary>After downtime the latest missed digest is still sent when it was due no longer ago than this.</summary>
    public TimeSpan CatchUpWithin { get; set; } = TimeSpan.FromDays(3);

    /// <summary>Papers first listed longer ago than this many days are no news (a week more for weekly digests).</summary>
    [Range(1, 60)]
    public int LookbackDays { get; set; } = 7;

    /// <summary>Days that digests are kept: their pages, their lists and why they were so. What a reader has had is remembered longer.</summary>
    [Range(7, 3650)]
    public int KeepDays { get; set; } = 90;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (WaitForSources < TimeSpan.Zero || WaitForSources > TimeSpan.FromHours(12))
            yield return new ValidationResult("must be between 00:00 and 12:00.", [nameof(WaitForSources)]);
        if (CatchUpWithin < TimeSpan.FromMinutes(1))
            yield return new ValidationResult("must be at least a minute.", [nameof(CatchUpWithin)]);
    }
}

/// <summary>What a reader gets on a day without news for them.</summary>
public enum EmptyDay
{
    /// <summary>No mail.</summary>
    Skip,

    /// <summary>What is trending elsewhere.</summary>
    Trending,

    /// <summary>A short note that there was nothing.</summary>
    Note,
}
