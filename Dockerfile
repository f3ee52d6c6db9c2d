# The service alone; its PostgreSQL is another container (docker-compose.yml).
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/DigestService -c Release -o /app -p:RunAnalyzers=false

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app .
# The only folder that is written to; the root may be read-only.
RUN mkdir /data && chown $APP_UID /data
# Without diagnostics the runtime needs no files in /tmp.
ENV Urls=http://0.0.0.0:8080 Data__Directory=/data DOTNET_EnableDiagnostics=0
VOLUME /data
EXPOSE 8080
USER $APP_UID
# Whether the process answers. Whether its work gets done is /readyz, which is for people and alerts: no restart mends a relay.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD curl -fsS http://127.0.0.1:8080/healthz || exit 1
ENTRYPOINT ["dotnet", "digest.dll"]
CMD ["serve"]
