package dev.relay.client;

import dev.relay.client.Span.Kind;
import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.StreamKey;
import dev.relay.protocol.Flags;
import java.net.URI;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Whether this process exports spans, and the spans of a client: one for each send until its outcome, one for each message that is handled.
 * Off unless {@code RELAY_TRACES} names a collector or {@link #export} is called; when off, a send and a handler cost one read of a field
 * more and allocate nothing. Any thread.
 */
public final class Traces {
    /** Where the collector takes OTLP over HTTP, as {@code http://127.0.0.1:4318/v1/traces}. */
    public static final String ENDPOINT = "RELAY_TRACES";
    /** Share of the traces that begin in this process, 0 to 1. */
    public static final String RATIO = "RELAY_TRACES_RATIO";

    private static final double USUAL_RATIO = 0.01;
    private static volatile @Nullable TraceExport active;

    /** Exports the spans of this process from now on, until it is closed; one at a time, the newest. {@code service} names the process to the collector. */
    public static TraceExport export(URI endpoint, String service, double ratio) {
        TraceExport export = new TraceExport(endpoint, service, ratio);
        active = export;
        Runtime.getRuntime().addShutdownHook(new Thread(export::close, "relay-spans-end"));
        return export;
    }

    /** As {@link #export}, if the environment says so; called when a client connects. */
    static synchronized void fromEnvironment(String service, Map<String, String> environment) {
        String endpoint = environment.get(ENDPOINT);
        if (active == null && endpoint != null && !endpoint.isBlank()) {
            String ratio = environment.getOrDefault(RATIO, Double.toString(USUAL_RATIO));
            export(URI.create(endpoint), service, Double.parseDouble(ratio));
        }
    }

    /** Exports no more. */
    public static synchronized void stop() {
        TraceExport export = active;
        active = null;
        if (export != null) {
            export.close();
        }
    }

    /** Spans that a collector has taken; 0 while nothing is exported. */
    public static long exported() {
        TraceExport export = active;
        return export == null ? 0 : export.exported();
    }

    /** Spans that were lost, because too many waited or the collector did not take them. */
    public static long dropped() {
        TraceExport export = active;
        return export == null ? 0 : export.dropped();
    }

    /** A span under {@code parent}, or the first of a new trace; null when nothing is exported or this trace is not sampled. */
    public static @Nullable Span begin(Kind kind, String name, @Nullable String parent) {
        TraceExport export = active;
        return export == null ? null : begin(export, kind, name, parent);
    }

    private static @Nullable Span begin(TraceExport export, Kind kind, String name, @Nullable String parent) {
        if (parent == null) {
            return export.startsTrace() ? new Span(export, kind, name, TraceContext.begin(), null) : null;
        }
        return TraceContext.isSampled(parent) ? new Span(export, kind, name, TraceContext.child(parent), parent) : null;
    }

    /** The span of a send; it ends with the outcome that its caller is told. */
    static @Nullable Span sending(
            StreamKey stream, @Nullable String topic, String kind, int flags, @Nullable String named) {
        TraceExport export = active;
        if (export == null) {
            return null;
        }
        String verb = topic != null ? "publish" : (flags & Flags.REQUEST) != 0 ? "request" : "send";
        String target = topic != null ? topic : stream.target();
        String parent = named != null ? named : TraceContext.current();
        Span span = begin(export, Kind.PRODUCER, verb + " " + target, parent);
        return span == null ? null : messaging(span, "send", verb, target, kind);
    }

    /** Ends with what completes the caller's handle. */
    static void endWith(Span span, @Nullable Object attachment) {
        if (attachment instanceof PendingSend send) {
            SendHandle handle = send.handle();
            var unused = handle.whenComplete((receipt, failure) -> {
                MessageRef message = handle.message();
                if (message != null) {
                    span.attribute("messaging.message.id", message.id());
                }
                span.end(failure);
            });
        } else if (attachment instanceof CompletableFuture<?> answer) {
            var unused = answer.whenComplete((reply, failure) -> span.end(failure));
        } else {
            span.end();
        }
    }

    /** The span of a handler's run, null when there is none. */
    static @Nullable Span handling(Inbound message, @Nullable String parent, String agent) {
        if (active == null || parent == null) {
            return null;
        }
        String topic = message.topic();
        Span span = begin(Kind.CONSUMER, "process " + agent, parent);
        return span == null
                ? null
                : messaging(span, "process", "process", topic != null ? topic : agent, message.kind())
                        .attribute("messaging.client.id", agent)
                        .attribute("messaging.message.id", new UUID(message.idMsb(), message.idLsb()))
                        .attribute("messaging.message.body.size", message.payload().length)
                        .attribute("relay.sender", message.sender())
                        .attribute("relay.attempt", message.attempt());
    }

    private static Span messaging(Span span, String type, String verb, String destination, String kind) {
        span.attribute("messaging.system", "relay")
                .attribute("messaging.operation.type", type)
                .attribute("messaging.operation.name", verb)
                .attribute("messaging.destination.name", destination);
        return kind.isEmpty() ? span : span.attribute("relay.kind", kind);
    }

    private Traces() {}
}
