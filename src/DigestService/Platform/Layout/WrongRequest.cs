using Microsoft.AspNetCore.Http.HttpResults;

namespace DigestService.Platform.Layout;

/// <summary>What a program is answered that asked for what cannot be taken (RFC 9457), under the title that the site's other answers with 400 have.</summary>
internal static class WrongRequest
{
    private static string Title => ErrorMessage.For(StatusCodes.Status400BadRequest, PageLanguage.All[0]).Title;

    /// <summary>The whole of it, in a sentence.</summary>
    public static ProblemHttpResult Because(string sentence) => TypedResults.Problem(sentence, statusCode: StatusCodes.Status400BadRequest, title: Title);

    /// <summary>Some of its fields, each with what is wrong with it.</summary>
    public static ValidationProblem In(IEnumerable<(string Field, string Sentence)> faults) => TypedResults.ValidationProblem(
        faults.GroupBy(fault => fault.Field, StringComparer.Ordinal)
            .ToDictionary(field => field.Key, field => field.Select(fault => fault.Sentence).ToArray(), StringComparer.Ordinal),
        title: Title);
}
