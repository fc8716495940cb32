package dev.relay.client;

import dev.relay.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Spans as a request of the OpenTelemetry protocol over HTTP, in its JSON form: ids in hexadecimal, 64-bit numbers as text. Stateless. */
final class OtlpJson {
    private static final long FAILED = 2;

    static byte[] write(String service, List<Span> spans) {
        Map<String, Object> scope = Map.of(
                "scope", Map.of("name", "dev.relay"),
                "spans", spans.stream().map(OtlpJson::span).toList());
        Map<String, Object> resource = Map.of(
                "resource", Map.of("attributes", attributes(Map.of("service.name", service))),
                "scopeSpans", List.of(scope));
        return Json.write(Map.of("resourceSpans", List.of(resource))).getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> span(Span span) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("traceId", span.traceId());
        json.put("spanId", span.spanId());
        String parent = span.parentId();
        if (parent != null) {
            json.put("parentSpanId", parent);
        }
        json.put("name", span.name());
        json.put("kind", (long) span.kind().ordinal() + 1);
        json.put("startTimeUnixNano", Long.toString(span.startNs()));
        json.put("endTimeUnixNano", Long.toString(span.endNs()));
        json.put("attributes", attributes(span.attributes()));
        if (span.isFailed()) {
            json.put("status", Map.of("code", FAILED));
        }
        return json;
    }

    private static List<Map<String, Object>> attributes(Map<String, Object> attributes) {
        return attributes.entrySet().stream()
                .map(e -> Map.<String, Object>of("key", e.getKey(), "value", value(e.getValue())))
                .toList();
    }

    private static Map<String, Object> value(Object value) {
        if (value instanceof Boolean) {
            return Map.of("boolValue", value);
        }
        return value instanceof Number number
                ? Map.of("intValue", Long.toString(number.longValue()))
                : Map.of("stringValue", value.toString());
    }

    private OtlpJson() {}
}
