package dev.relay.client;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work of a trace while it is under way, as OpenTelemetry understands it: a name, a kind, attributes, a beginning and an end.
 * Its {@link #context} goes on the wire, so that what others do belongs to it. One thread at a time; after {@link #end} it is the
 * exporter's.
 */
public final class Span {
    /** As OTLP numbers them. */
    public enum Kind {
        INTERNAL,
        SERVER,
        CLIENT,
        PRODUCER,
        CONSUMER
    }

    private static final int TRACE_AT = 3;
    private static final int TRACE_END = 35;
    private static final int SPAN_AT = 36;
    private static final int SPAN_END = 52;

    private final TraceExport export;
    private final Kind kind;
    private final String name;
    private final String context;
    private final @Nullable String parent;
    private final long startNs;
    private final Map<String, Object> attributes = new LinkedHashMap<>();
    private long endNs;
    private @Nullable String error;
    private boolean isOver;

    /** @param parent the context that it belongs under, null for the first of a trace */
    Span(TraceExport export, Kind kind, String name, String context, @Nullable String parent) {
        this.export = export;
        this.kind = kind;
        this.name = name;
        this.context = context;
        this.parent = parent;
        this.startNs = export.nowNs();
    }

    /** Its W3C {@code traceparent}. */
    public String context() {
        return context;
    }

    /** Text, numbers and booleans; never payloads. */
    public Span attribute(String key, Object value) {
        attributes.put(key, value);
        return this;
    }

    /** It was done. A second end changes nothing. */
    public void end() {
        end(null);
    }

    /** It was done, or failed with this: of which only the kind is told, because texts may hold payloads. */
    public synchronized void end(@Nullable Throwable failure) {
        if (isOver) {
            return;
        }
        isOver = true;
        endNs = export.nowNs();
        if (failure != null) {
            error = failure instanceof RelayException refusal
                    ? refusal.code()
                    : failure.getClass().getName();
            attributes.put("error.type", error);
        }
        export.take(this);
    }

    String traceId() {
        return context.substring(TRACE_AT, TRACE_END);
    }

    String spanId() {
        return context.substring(SPAN_AT, SPAN_END);
    }

    @Nullable
    String parentId() {
        return parent == null ? null : parent.substring(SPAN_AT, SPAN_END);
    }

    Kind kind() {
        return kind;
    }

    String name() {
        return name;
    }

    long startNs() {
        return startNs;
    }

    long endNs() {
        return endNs;
    }

    boolean isFailed() {
        return error != null;
    }

    Map<String, Object> attributes() {
        return attributes;
    }
}
