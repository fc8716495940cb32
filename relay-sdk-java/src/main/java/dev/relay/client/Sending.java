package dev.relay.client;

import dev.relay.client.SendOptions.Durability;
import dev.relay.client.SendOptions.Require;
import dev.relay.client.internal.Draft;
import dev.relay.client.internal.Seat;
import dev.relay.client.internal.StreamKey;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Names;
import dev.relay.protocol.Partitions;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** From the arguments of a call to a draft for the session. Illegal names are refused before anything is queued. Stateless. */
final class Sending {
    static StreamKey toAgent(String to, SendOptions options) {
        return options.durability == Durability.NONE ? StreamKey.express(to) : durably(to);
    }

    /** To an agent, or to one of a group. */
    static StreamKey durably(String to) {
        return isGroup(to) ? StreamKey.group(nameOf(to)) : StreamKey.agent(to);
    }

    private static boolean isGroup(String target) {
        return target.startsWith(Groups.PREFIX);
    }

    private static String nameOf(String target) {
        return isGroup(target) ? target.substring(Groups.PREFIX.length()) : target;
    }

    /** To an agent or a group, for a handle that nobody waits for yet. */
    static Draft direct(String to, String kind, SendOptions options, @Nullable Object payload, SendHandle handle) {
        return draft(toAgent(to, options), kind, 0, options, null, payload, new PendingSend(handle, false));
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
        Seat seat = Fence.current();
        if (topic == null && options.appId == null && trace == null && options.key == null && seat == null) {
            return HeaderBlock.EMPTY;
        }
        HeaderBlock.Builder block = new HeaderBlock.Builder();
        if (options.key != null) {
            block.put(HeaderKey.KEY, options.key);
        }
        if (seat != null) {
            seat.fence(block);
        }
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

    static @Nullable RelayRefused badCall(String target, String kind, SendOptions options) {
        if (!Names.isName(nameOf(target))) {
            return new RelayRefused(ErrorCode.BAD_NAME.name(), "name=" + target, 0);
        }
        RelayRefused refusal = badForGroup(isGroup(target), options);
        return refusal == null ? badKind(kind) : refusal;
    }

    private static @Nullable RelayRefused badForGroup(boolean isGroup, SendOptions options) {
        if (isGroup && options.durability == Durability.NONE) {
            return new RelayRefused(ErrorCode.BAD_REQUEST.name(), "a group takes durable messages only", 0);
        }
        if (options.key == null) {
            return null;
        }
        int bytes = options.key.getBytes(StandardCharsets.UTF_8).length;
        return isGroup && bytes > 0 && bytes <= Partitions.MAX_KEY_BYTES
                ? null
                : new RelayRefused(
                        ErrorCode.BAD_REQUEST.name(),
                        "a key has 1 to " + Partitions.MAX_KEY_BYTES + " bytes and goes to a group",
                        0);
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
