package dev.relay.client;

import dev.relay.client.SendOptions.Durability;
import dev.relay.client.SendOptions.Require;
import dev.relay.client.internal.Draft;
import dev.relay.client.internal.StreamKey;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Names;
import org.jspecify.annotations.Nullable;

/** From the arguments of a call to a draft for the session. Illegal names are refused before anything is queued. Stateless. */
final class Sending {
    static StreamKey toAgent(String to, SendOptions options) {
        return options.durability == Durability.NONE ? StreamKey.express(to) : StreamKey.agent(to);
    }

    static Draft draft(
            StreamKey stream,
            String kind,
            int flags,
            SendOptions options,
            @Nullable String topic,
            @Nullable Object payload,
            @Nullable Object attachment) {
        PayloadCodec codec = Payloads.codecOf(payload);
        Span span = Traces.sending(stream, topic, kind, flags, options.traceparent);
        if (span != null) {
            Traces.endWith(span, attachment);
        }
        return new Draft(
                stream,
                kind,
                flags | flags(options),
                options.priority,
                options.content >= 0 ? options.content : codec.content(payload),
                options.ttlMs,
                block(options, topic, span),
                codec.encode(payload),
                attachment);
    }

    private static int flags(SendOptions options) {
        return (options.require == Require.DISK ? Flags.REQUIRE_DISK : 0)
                | (options.isJournal ? Flags.JOURNAL : 0)
                | (options.appId != null ? Flags.APP_ID : 0);
    }

    private static @Nullable String context(SendOptions options, @Nullable Span span) {
        if (span != null) {
            return span.context();
        }
        return options.traceparent != null ? options.traceparent : TraceContext.inherited();
    }

    private static byte[] block(SendOptions options, @Nullable String topic, @Nullable Span span) {
        String trace = context(options, span);
        if (topic == null && options.appId == null && trace == null) {
            return HeaderBlock.EMPTY;
        }
        HeaderBlock.Builder block = new HeaderBlock.Builder();
        if (topic != null) {
            block.put(HeaderKey.TOPIC, topic);
        }
        if (trace != null) {
            block.put(HeaderKey.TRACEPARENT, trace);
        }
        if (options.appId != null) {
            block.put(HeaderKey.APP_ID, options.appId);
        }
        return block.build();
    }

    static @Nullable RelayRefused badCall(String target, String kind) {
        return Names.isName(target) ? badKind(kind) : new RelayRefused(ErrorCode.BAD_NAME.name(), "name=" + target, 0);
    }

    static @Nullable RelayRefused badKind(String kind) {
        return kind.isEmpty() || Names.isKind(kind)
                ? null
                : new RelayRefused(ErrorCode.BAD_NAME.name(), "kind=" + kind, 0);
    }

    static @Nullable RelayRefused badTopic(String topic, String kind) {
        return Names.isTopic(topic) ? badKind(kind) : new RelayRefused(ErrorCode.BAD_NAME.name(), "topic=" + topic, 0);
    }

    static void refuse(@Nullable RelayRefused refusal) {
        if (refusal != null) {
            throw refusal;
        }
    }

    private Sending() {}
}
