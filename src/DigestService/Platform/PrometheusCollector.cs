using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace DigestService.Platform;

/// <summary>
/// Listens to the process's meters and writes what they say in Prometheus' text format 0.0.4, with the names that
/// OpenTelemetry's compatibility rules give: dots become underscores, the unit is spelt out, counters end in _total.
/// </summary>
internal sealed class PrometheusCollector : IDisposable
{
    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private readonly ConcurrentDictionary<Instrument, ConcurrentDictionary<string, Series>> _instruments = new();
    private readonly MeterListener _listener = new();

    /// <summary>Starts listening.</summary>
    public PrometheusCollector()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Telemetry.Meters.Contains(instrument.Meter.Name, StringComparer.Ordinal))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<byte>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<short>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<float>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((instrument, value, tags, _) => Take(instrument, (double)value, tags));
        _listener.Start();
    }

    private enum Kind
    {
        Counter,
        ObservedCounter,
        UpDownCounter,
        Gauge,
        Histogram,
    }

    /// <summary>The whole page: one family an instrument name, by name.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var page = new StringBuilder();
        foreach (var family in _instruments.GroupBy(entry => FamilyName(entry.Key), StringComparer.Ordinal).OrderBy(family => family.Key, StringComparer.Ordinal))
        {
            var instrument = family.First().Key;
            var kind = KindOf(instrument);
            page.Append(CultureInfo.InvariantCulture, $"# HELP {family.Key} {(instrument.Description ?? "").ReplaceLineEndings(" ")}\n");
            page.Append(CultureInfo.InvariantCulture, $"# TYPE {family.Key} {TypeName(kind)}\n");
            foreach (var (labels, series) in family.SelectMany(entry => entry.Value).DistinctBy(entry => entry.Key, StringComparer.Ordinal).OrderBy(entry => entry.Key, StringComparer.Ordinal))
                series.Write(page, family.Key, labels, kind is Kind.Histogram);
        }

        return page.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var kind = KindOf(instrument);
        var series = _instruments
            .GetOrAdd(instrument, static _ => new ConcurrentDictionary<string, Series>(StringComparer.Ordinal))
            .GetOrAdd(Labels(tags), static (_, bounds) => new Series(bounds), kind is Kind.Histogram ? Bounds(instrument) : []);
        switch (kind)
        {
            case Kind.Counter or Kind.UpDownCounter:
                series.Add(value);
                break;
            case Kind.Histogram:
                series.Observe(value);
                break;
            default:
                series.Set(value);
                break;
        }
    }

    private static Kind KindOf(Instrument instrument)
    {
        var type = instrument.GetType().Name;
        return type.StartsWith("Counter", StringComparison.Ordinal) ? Kind.Counter
            : type.StartsWith("UpDownCounter", StringComparison.Ordinal) ? Kind.UpDownCounter
            : type.StartsWith("Histogram", StringComparison.Ordinal) ? Kind.Histogram
            : type.StartsWith("ObservableCounter", StringComparison.Ordinal) ? Kind.ObservedCounter
            : Kind.Gauge;
    }

    private static string TypeName(Kind kind) => kind switch
    {
        Kind.Counter or Kind.ObservedCounter => "counter",
        Kind.Histogram => "histogram",
        _ => "gauge",
    };

    private static double[] Bounds(Instrument instrument) =>
        instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } advised } ? [.. advised] : DefaultBounds;

    private static string FamilyName(Instrument instrument)
    {
        var name = new StringBuilder(Identifier(instrument.Name));
        var unit = instrument.Unit switch
        {
            "s" => "seconds",
            "ms" => "milliseconds",
            "By" => "bytes",
            _ => null,
        };
        if (unit is not null && !instrument.Name.EndsWith(unit, StringComparison.Ordinal))
            name.Append('_').Append(unit);
        if (KindOf(instrument) is Kind.Counter or Kind.ObservedCounter)
            name.Append("_total");
        return name.ToString();
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length == 0)
            return "";
        var pairs = new List<string>(tags.Length);
        foreach (var (key, value) in tags)
            pairs.Add($"{Identifier(key)}=\"{Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")}\"");
        pairs.Sort(StringComparer.Ordinal);
        return string.Join(',', pairs);
    }

    private static string Identifier(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));

    private static string Escape(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>One instrument with one set of labels.</summary>
    private sealed class Series(double[] bounds)
    {
        private readonly Lock _lock = new();
        private readonly long[] _buckets = new long[bounds.Length];
        private double _value;
        private long _count;

        public void Set(double value)
        {
            lock (_lock)
                _value = value;
        }

        public void Add(double value)
        {
            lock (_lock)
                _value += value;
        }

        public void Observe(double value)
        {
            lock (_lock)
            {
                _value += value;
                _count++;
                for (var bucket = 0; bucket < bounds.Length; bucket++)
                {
                    if (value <= bounds[bucket])
                        _buckets[bucket]++;
                }
            }
        }

        public void Write(StringBuilder page, string name, string labels, bool isHistogram)
        {
            lock (_lock)
            {
                if (!isHistogram)
                {
                    Line(page, name, labels, _value);
                    return;
                }

                var more = labels.Length == 0 ? "" : labels + ",";
                for (var bucket = 0; bucket < bounds.Length; bucket++)
                    Line(page, name + "_bucket", $"{more}le=\"{bounds[bucket].ToString("R", CultureInfo.InvariantCulture)}\"", _buckets[bucket]);
                Line(page, name + "_bucket", more + "le=\"+Inf\"", _count);
                Line(page, name + "_sum", labels, _value);
                Line(page, name + "_count", labels, _count);
            }
        }

        private static void Line(StringBuilder page, string name, string labels, double value)
        {
            page.Append(name);
            if (labels.Length > 0)
                page.Append('{').Append(labels).Append('}');
            page.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }
}
