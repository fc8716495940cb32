package dev.relay.client;

import dev.relay.client.internal.Draft;
import dev.relay.client.internal.Outgoing;
import dev.relay.client.internal.StreamKey;
import dev.relay.protocol.Flags;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls that send: each checks its arguments, makes a draft, submits it, and waits where its caller does. A bad argument fails the handle where
 * there is one, and is thrown where the caller waits. Any thread; bounded by the outbox, see {@link Calls}.
 */
final class SendCalls {
    private final Engine engine;

    SendCalls(Engine engine) {
        this.engine = engine;
    }

    SendHandle send(String to, String kind, @Nullable Object payload, SendOptions options) {
        SendHandle handle = new SendHandle();
        if (!isRefused(handle, Sending.badCall(to, kind, options))) {
            engine.calls.submitOne(direct(to, kind, payload, options, handle));
        }
        return handle;
    }

    List<SendHandle> sendMany(String to, String kind, List<?> payloads, SendOptions options) {
        RelayRefused refusal = Sending.badCall(to, kind, options);
        List<SendHandle> handles = new ArrayList<>(payloads.size());
        List<Draft> drafts = new ArrayList<>(payloads.size());
        for (Object payload : payloads) {
            SendHandle handle = new SendHandle();
            handles.add(handle);
            if (!isRefused(handle, refusal)) {
                drafts.add(direct(to, kind, payload, options, handle));
            }
        }
        engine.calls.submitAll(drafts);
        return handles;
    }

    private static Draft direct(
            String to, String kind, @Nullable Object payload, SendOptions options, SendHandle handle) {
        StreamKey stream = Sending.toAgent(to, options);
        return Sending.draft(stream, kind, 0, options, null, payload, new PendingSend(handle, false));
    }

    private static boolean isRefused(SendHandle handle, @Nullable RelayRefused refusal) {
        return refusal != null && handle.completeExceptionally(refusal);
    }

    SendHandle publish(String topic, String kind, @Nullable Object payload, SendOptions options) {
        SendHandle handle = new SendHandle();
        if (!isRefused(handle, Sending.badTopic(topic, kind))) {
            engine.calls.submitOne(Sending.draft(
                    StreamKey.topics(), kind, 0, options, topic, payload, new PendingSend(handle, false)));
        }
        return handle;
    }

    Receipt sendAndWait(String to, String kind, @Nullable Object payload, Duration timeout, SendOptions options) {
        Sending.refuse(Sending.badCall(to, kind, options));
        SendHandle handle = new SendHandle();
        StreamKey stream = Sending.toAgent(to, options);
        Outgoing message = engine.calls.submit(
                Sending.draft(stream, kind, Flags.WANT_RESULT, options, null, payload, new PendingSend(handle, true)));
        try {
            return engine.calls.await(handle, "send to=" + to + " kind=" + kind, timeout.toMillis());
        } catch (RelayTimeout e) {
            engine.calls.abandonResult(message);
            throw e;
        }
    }

    Reply request(String to, String kind, @Nullable Object payload, Duration timeout, SendOptions options) {
        Sending.refuse(Sending.badCall(to, kind, options));
        engine.deliveries.allowReplies();
        Awaited<Reply> answer = new Awaited<>();
        SendOptions limited = options.ttlMs > 0 || timeout.toMillis() < 1 ? options : options.ttl(timeout);
        Outgoing message = engine.calls.submit(Sending.draft(
                Sending.durably(to), kind, Flags.REQUEST | Flags.WANT_RESULT, limited, null, payload, answer));
        try {
            return engine.calls.await(answer, "request to=" + to + " kind=" + kind, timeout.toMillis());
        } catch (RelayTimeout e) {
            engine.calls.abandonRequest(message);
            answer.completeExceptionally(e);
            throw e;
        }
    }
}
