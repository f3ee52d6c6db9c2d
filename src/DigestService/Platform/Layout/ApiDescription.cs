using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using NodaTime;

namespace DigestService.Platform.Layout;

/// <summary>The API for programs: JSON in snake_case under <c>/api/v1</c>, described at <c>/openapi/v1.json</c>.</summary>
internal static class ApiDescription
{
    private const string Prefix = "api/v1";

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
        services.AddOpenApi("v1", api =>
        {
            api.ShouldInclude = description => description.RelativePath?.StartsWith(Prefix, StringComparison.Ordinal) == true;
            api.CreateSchemaReferenceId = type => FormatOf(type.Type) is null ? OpenApiOptions.CreateDefaultSchemaReferenceId(type) : null;
            api.AddDocumentTransformer(DescribeAsync);
            api.AddSchemaTransformer(NameTimesAsync);
        });
    }

    /// <summary>Routes below <c>/api/v1</c>.</summary>
    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder routes) => routes.MapGroup("/" + Prefix);

    private static Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        var site = context.ApplicationServices.GetRequiredService<SiteOptions>();
        document.Info = new OpenApiInfo
        {
            Title = site.Name,
            Version = "v1",
            Description = "Papers, topics and search for anybody; subscribing and preferences by the links that readers get by mail. Errors are problem details (RFC 9457).",
        };
        document.Servers = [new OpenApiServer { Url = site.Root }];
        return Task.CompletedTask;
    }

    private static Task NameTimesAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        if (FormatOf(context.JsonTypeInfo.Type) is { } format)
            (schema.Type, schema.Format) = (JsonSchemaType.String, format);
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
