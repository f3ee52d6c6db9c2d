using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace DigestService.Platform.Layout;

/// <summary>
/// What requests and answers of the API look like, by the names of its operations, from <c>api-examples.json</c>. A test holds them to
/// what the description says of them.
/// </summary>
internal static class ApiExamples
{
    private const string Json = "application/json";
    private const string ProblemJson = "application/problem+json";

    private static readonly JsonNode All = Load();

    /// <summary>Puts examples into an operation that has its name.</summary>
    public static void Add(OpenApiOperation operation)
    {
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
            parameter.Example = Of("parameters", parameter.Name);
        foreach (var content in operation.RequestBody?.Content?.Values ?? [])
            content.Example = Of("requests", operation.OperationId);
        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (response is not OpenApiResponse answer)
                continue;
            if (answer.Content?.TryGetValue(Json, out var content) == true)
                content.Example = Of("answers", operation.OperationId);
            else if (Of("problems", status) is { } problem)
                ProblemOf(answer).Example = problem;
        }
    }

    private static OpenApiMediaType ProblemOf(OpenApiResponse answer)
    {
        answer.Content ??= new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal);
        if (!answer.Content.TryGetValue(ProblemJson, out var problem))
            answer.Content[ProblemJson] = problem = new OpenApiMediaType();
        return problem;
    }

    private static JsonNode? Of(string kind, string? name) => name is null ? null : All[kind]?[name]?.DeepClone();

    private static JsonNode Load()
    {
        using var stream = typeof(ApiExamples).Assembly.GetManifestResourceStream("api-examples.json")
            ?? throw new InvalidOperationException("api-examples.json is not in the program.");
        return JsonNode.Parse(stream) ?? throw new InvalidOperationException("api-examples.json is empty.");
    }
}
