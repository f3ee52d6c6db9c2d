using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using NodaTime;

namespace DigestService.Platform.Layout;

/// <summary>The API for programs: JSON in snake_case under <c>/api/v1</c>, described at <c>/openapi/v1.json</c>.</summary>
internal static class ApiDescription
{
    private const string Prefix = "api/v1";
    private const string KeyScheme = "key";

    private static readonly Dictionary<string, string> TagDescriptions = new(StringComparer.Ordinal)
    {
        ["Papers"] = "The catalogue of papers, for anybody.",
        ["Topics"] = "The topics of digests, search and what is trending, for anybody.",
        ["Operator"] = "What the operator's pages do, with a key that may operate.",
        ["Readers"] = "Subscribing, and what a reader does by the links of their mails.",
    };

    /// <summary>Registers the description and how JSON is written.</summary>
    public static void AddApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.Converters.Add(new InstantJsonConverter());
            json.SerializerOptions.Converters.Add(new LocalDateJsonConverter());
            json.SerializerOptions.Converters.Add(new LocalTimeJsonConverter());
        });
        // So that a program is told which parameter is wrong.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddOpenApi("v1", api =>
        {
            api.ShouldInclude = description => description.RelativePath?.StartsWith(Prefix, StringComparison.Ordinal) == true;
            api.CreateSchemaReferenceId = type => FormatOf(type.Type) is null ? OpenApiOptions.CreateDefaultSchemaReferenceId(type) : null;
            api.AddDocumentTransformer(DescribeAsync);
            api.AddOperationTransformer(NameOperationAsync);
            api.AddSchemaTransformer(NameTimesAsync);
        });
    }

    /// <summary>Routes below <c>/api/v1</c>.</summary>
    public static ApiRoutes MapApi(this IEndpointRouteBuilder routes, string tag) =>
        new(routes.MapGroup("/" + Prefix).RequireRateLimiting(SiteLimits.Plain).WithTags(tag));

    private static Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        var site = context.ApplicationServices.GetRequiredService<SiteOptions>();
        document.Info = new OpenApiInfo
        {
            Title = site.Name,
            Version = "v1",
            Description = "Papers, topics and search for anybody; subscribing and preferences by the links that readers get by mail. Errors are problem details (RFC 9457).",
        };
        document.Info.License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" };
        document.Servers = [new OpenApiServer { Url = site.Root }];
        // Nobody has to sign in: what is a reader's own is behind a token in the path, from a mail to them. A key has a quota of its own.
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [KeyScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A key that the operator made: 'digest keys add NAME'." },
        };
        document.Security = [new OpenApiSecurityRequirement(), WithKey(document)];
        foreach (var operation in document.Paths.Where(path => path.Key.StartsWith($"/{Prefix}/operator/", StringComparison.Ordinal)).SelectMany(path => path.Value.Operations ?? []))
            operation.Value.Security = [WithKey(document)];
        foreach (var content in document.Paths.SelectMany(path => path.Value.Operations ?? []).SelectMany(operation => operation.Value.Responses ?? [])
            .SelectMany(answer => answer.Value.Content ?? new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)))
            content.Value.Schema ??= new OpenApiSchemaReference(nameof(Microsoft.AspNetCore.Mvc.ProblemDetails), document);
        foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>())
            tag.Description = TagDescriptions.GetValueOrDefault(tag.Name ?? "");
        return Task.CompletedTask;
    }

    private static OpenApiSecurityRequirement WithKey(OpenApiDocument document) =>
        new() { [new OpenApiSecuritySchemeReference(KeyScheme, document)] = [] };

    // get /api/v1/papers/{id} is getPapersById.
    private static Task NameOperationAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var name = new StringBuilder((context.Description.HttpMethod ?? "get").ToLowerInvariant());
        foreach (var part in (context.Description.RelativePath ?? "")[Prefix.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var word = part.Trim('{', '}').Split(':')[0];
            name.Append(part.StartsWith('{') ? "By" : "").Append(char.ToUpperInvariant(word[0])).Append(word.AsSpan(1));
        }

        operation.OperationId = name.ToString();
        operation.Responses ??= [];
        operation.Responses.TryAdd("401", new OpenApiResponse { Description = "The key is wrong, was revoked or has expired." });
        if (context.Description.RelativePath?.StartsWith($"{Prefix}/operator/", StringComparison.Ordinal) == true)
            operation.Responses.TryAdd("403", new OpenApiResponse { Description = "The key reads and may not operate." });
        operation.Responses.TryAdd("429", new OpenApiResponse { Description = "Too many requests from one network, or with one key; Retry-After says when to go on." });
        if (operation.RequestBody is not null)
        {
            operation.Responses.TryAdd("413", new OpenApiResponse { Description = "The body is longer than 1 MB." });
            operation.Responses.TryAdd("415", new OpenApiResponse { Description = "The body is not JSON in UTF-8." });
        }

        operation.Responses.TryAdd("503", new OpenApiResponse { Description = "The service cannot reach its data just now; Retry-After says when to try again." });
        ApiExamples.Add(operation);
        return Task.CompletedTask;
    }

    private static Task NameTimesAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        if (FormatOf(context.JsonTypeInfo.Type) is { } format)
            (schema.Type, schema.Format) = (Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) is null ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null, format);
        return Task.CompletedTask;
    }

    private static string? FormatOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(LocalDate))
            return "date";
        return type == typeof(Instant) ? "date-time" : null;
    }
}
