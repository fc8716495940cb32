package dev.relay.client;

import dev.relay.client.internal.Inbound;
import dev.relay.protocol.Frames;
import dev.relay.protocol.TopicPattern;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run user code, and which handler takes which message. The session gives out one message per lane at a time, so lanes run in
 * parallel on {@code handlerThreads} threads and each lane in order; a handler that blocks holds its lane and one thread.
 */
final class HandlerPool {
    private static final ThreadLocal<Boolean> ON_HANDLER = ThreadLocal.withInitial(() -> false);

    private record Entry(String kind, HandlerOptions options, Handler handler) {
        boolean takes(Inbound m) {
            String topic = m.topic();
            String pattern = options.topic();
            return (kind.equals("*") || kind.equals(m.kind()))
                    && (options.sender() == null || options.sender().equals(m.sender()))
                    && (options.group() == null
                            || (m.seat() != null
                                    && options.group().equals(m.seat().group())))
                    && (pattern == null || (topic != null && TopicPattern.matches(pattern, topic)));
        }

        int precision() {
            return (options.sender() == null ? 0 : 2)
                    + (options.topic() == null && options.group() == null ? 0 : 1)
                    + (kind.equals("*") ? 0 : 4);
        }
    }

    private final Engine engine;
    /** Replaced, never changed: read by every handler thread for every message. */
    private volatile Entry[] entries = {};

    private final List<Thread> threads = new ArrayList<>();

    HandlerPool(Engine engine) {
        this.engine = engine;
    }

    /** Sends of a handler never wait for room: they would wait for themselves. */
    static boolean isHandlerThread() {
        return ON_HANDLER.get();
    }

    synchronized void add(String kind, HandlerOptions options, Handler handler) {
        Entry[] more = Arrays.copyOf(entries, entries.length + 1);
        more[entries.length] = new Entry(kind, options, handler);
        entries = more;
    }

    synchronized void start() {
        if (!threads.isEmpty()) {
            return;
        }
        for (int i = 0; i < engine.config.handlerThreads(); i++) {
            Thread thread = new Thread(this::loop, "relay-" + engine.config.name() + "-handler-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    private void loop() {
        ON_HANDLER.set(true);
        boolean goesOn = true;
        while (goesOn) {
            goesOn = runNext();
        }
    }

    /**
     * False when the client stops, and not before: an interruption is for the handler that runs, and what it leaves of it must not keep the
     * next from its work.
     */
    private boolean runNext() {
        try {
            Inbound next = engine.deliveries.takeNext();
            if (next != null) {
                run(next);
            }
            return next != null;
        } catch (InterruptedException e) {
            return true;
        } finally {
            boolean unused = Thread.interrupted();
        }
    }

    private @Nullable Entry find(Inbound message) {
        Entry best = null;
        for (Entry entry : entries) {
            if (entry.takes(message) && (best == null || entry.precision() > best.precision())) {
                best = entry;
            }
        }
        return best;
    }

    private void run(Inbound inbound) {
        Entry entry = find(inbound);
        if (entry == null) {
            engine.settlements.failed(
                    inbound, new Message.Nack(Frames.NACK_NO_HANDLER, 0, "no handler for kind=" + inbound.kind()));
            return;
        }
        boolean isManual = entry.options().ack() == AckMode.MANUAL;
        try {
            Message message = new Message(inbound, engine.settlements);
            Object answer = handle(entry, message, isManual);
            Message.Nack nack = message.handlerReturned();
            if (nack != null) {
                engine.settlements.failed(inbound, nack);
                return;
            }
            if (inbound.isRequest() && !isManual && !engine.settlements.isAnswered(inbound)) {
                engine.settlements.answer(inbound, answer);
            }
            engine.settlements.returned(inbound, !isManual);
        } catch (Throwable thrown) { // whatever user code throws is the message's failure, never the thread's
            failed(inbound, thrown);
        }
    }

    /** A message that another life of this agent has finished meanwhile needs nothing but its ack. */
    private @Nullable Object handle(Entry entry, Message message, boolean isManual) throws Exception {
        long startNs = System.nanoTime();
        String named = message.traceparent();
        Span span = Traces.handling(message.inbound(), named, engine.config.name());
        String trace = span == null ? named : span.context();
        Throwable failure = null;
        if (trace != null) {
            TraceContext.handling(trace);
        }
        Fence.handling(message.inbound().seat());
        try {
            Object answer = entry.handler().handle(message);
            if (!isManual && !message.isFailed()) {
                engine.settlements.record(message.inbound());
            }
            return answer;
        } catch (AlreadyDone e) {
            engine.settlements.recorded(message.inbound());
            return null;
        } catch (Throwable thrown) { // only noted: what it means is decided by the caller
            failure = thrown;
            throw thrown;
        } finally {
            if (trace != null) {
                TraceContext.handling(null);
            }
            Fence.handling(null);
            if (span != null) {
                span.end(failure);
            }
            engine.deliveries.ran(System.nanoTime() - startNs);
        }
    }

    private void failed(Inbound inbound, Throwable thrown) {
        if (inbound.isRequest() && !engine.settlements.isAnswered(inbound)) {
            try {
                engine.settlements.answerError(inbound, thrown.toString());
                engine.settlements.recorded(
                        inbound); // finished without effect: what follows on the lane need not wait for it
                engine.settlements.returned(inbound, true);
                return;
            } catch (RelayException e) {
                thrown.addSuppressed(e);
            }
        }
        int nackClass = thrown instanceof RefuseMessage ? Frames.NACK_REFUSED : Frames.NACK_ERROR;
        engine.settlements.failed(inbound, new Message.Nack(nackClass, 0, thrown.toString()));
    }
}
