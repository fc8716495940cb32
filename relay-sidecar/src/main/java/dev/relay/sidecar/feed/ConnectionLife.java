package dev.relay.sidecar.feed;

import dev.relay.sidecar.net.Backoff;
import dev.relay.sidecar.net.CloseReason;

/**
 * Decides when a feed's connection is opened, given up, replaced.
 *
 * <p><b>The idea.</b> One socket serves. When it ends, for whatever reason, the next attempt comes after a delay with full
 * jitter and within the venue's limit on attempts, for ever; the delay starts small again only after a connection stayed
 * up for a healthy time. A socket without any frame is dead; one with frames but without data is suspected and replaced,
 * ever more patiently as long as that changes nothing. Before the venue cuts a socket for its age, or when it announces a
 * shutdown, a younger socket is opened beside it, takes over book by book, and only then the old one is closed: make
 * before break. If the old one dies meanwhile, the younger one serves at once.
 *
 * <p>Plain code: time comes in with every call, actions go out through the {@link Port}. Owned by the feed thread, which
 * calls {@link #tick} at least ten times a second. At most two sockets at a time.
 */
public final class ConnectionLife {
    /** What the life of a connection asks of its surroundings. Sockets have rising numbers, never used twice. */
    public interface Port {
        /** Open a socket and report onOpened, onSubscribed, onEnded with its number. */
        void open(int socket);

        /** Close it; its further events are of no interest. */
        void close(int socket);

        /** Both are subscribed: move the books to {@code younger}, then report {@link ConnectionLife#onHandedOver}. */
        void handOver(int younger);

        /** The time for it is up, or the older one died: whatever has not moved begins anew with {@code younger}. */
        void finishHandOver(int younger);

        /** No socket serves: nothing can be believed. */
        void lost(EndReason reason);

        /** A step, for log and counters. */
        void transition(LifeState from, LifeState to, String reason);
    }

    private static final int NONE = -1;
    /** A market is as quiet as it has been before: only so many times its longest pause is suspicious. */
    private static final int QUIET_FACTOR = 4;

    private final LifeConfig config;
    private final Backoff backoff;
    private final AttemptBudget attempts;
    private final Port port;
    private final long[] ends = new long[EndReason.values().length];
    private LifeState state = LifeState.IDLE;
    private int lastSocket = NONE;
    private int serving = NONE;
    private int younger = NONE;
    private boolean isYoungerSubscribed;
    private boolean wantsRotation;
    private long stateAtMs;
    private long servingSinceMs;
    private long youngerSinceMs;
    private long nextAttemptMs;
    private long lastFrameMs;
    private long lastDataMs;
    private long longestGapMs;
    private long dataSilenceMs;
    private long rotations;

    public ConnectionLife(LifeConfig config, Backoff backoff, AttemptBudget attempts, Port port) {
        this.config = config;
        this.backoff = backoff;
        this.attempts = attempts;
        this.port = port;
        this.dataSilenceMs = config.dataSilenceMs();
    }

    public void start(long nowMs) {
        transition(LifeState.BACKING_OFF, "start", nowMs);
        nextAttemptMs = nowMs;
        tick(nowMs);
    }

    public void close(long nowMs) {
        closeSocket(younger);
        closeSocket(serving);
        younger = NONE;
        serving = NONE;
        transition(LifeState.CLOSED, "closed", nowMs);
    }

    private void closeSocket(int socket) {
        if (socket != NONE) {
            port.close(socket);
        }
    }

    public void tick(long nowMs) {
        switch (state) {
            case BACKING_OFF -> attempt(nowMs);
            case CONNECTING, SUBSCRIBING -> {
                if (nowMs - stateAtMs > config.setupTimeoutMs()) {
                    giveUp(EndReason.SETUP_TIMEOUT, nowMs);
                }
            }
            case STREAMING -> watch(nowMs);
            case ROTATING -> {
                watch(nowMs);
                watchRotation(nowMs);
            }
            case IDLE, CLOSED -> {}
        }
    }

    private void attempt(long nowMs) {
        if (nowMs < nextAttemptMs) {
            return;
        }
        long waitMs = attempts.take(nowMs);
        if (waitMs > 0) {
            nextAttemptMs = nowMs + waitMs;
            return;
        }
        serving = ++lastSocket;
        transition(LifeState.CONNECTING, "attempt", nowMs);
        port.open(serving);
    }

    private void watch(long nowMs) {
        if (nowMs - lastFrameMs > config.silenceMs()) {
            giveUp(EndReason.SILENT, nowMs);
        } else if (nowMs - lastDataMs > dataSilenceMs) {
            dataSilenceMs = Math.min(LifeConfig.MAX_DATA_SILENCE_MS, dataSilenceMs * 2);
            giveUp(EndReason.DATA_SILENT, nowMs);
        } else if (younger == NONE && isRotationDue(nowMs)) {
            rotate(nowMs);
        }
    }

    private boolean isRotationDue(long nowMs) {
        return nowMs >= nextAttemptMs && (wantsRotation || nowMs - servingSinceMs >= config.maxAgeMs());
    }

    private void rotate(long nowMs) {
        long waitMs = attempts.take(nowMs);
        if (waitMs > 0) {
            nextAttemptMs = nowMs + waitMs;
            return;
        }
        younger = ++lastSocket;
        isYoungerSubscribed = false;
        youngerSinceMs = nowMs;
        transition(LifeState.ROTATING, wantsRotation ? "announced" : "age", nowMs);
        port.open(younger);
    }

    private void watchRotation(long nowMs) {
        if (younger == NONE) {
            return;
        }
        long limitMs = isYoungerSubscribed ? config.handoverMs() : config.setupTimeoutMs();
        if (nowMs - youngerSinceMs <= limitMs) {
            return;
        }
        if (isYoungerSubscribed) {
            port.finishHandOver(younger);
            promote(nowMs);
        } else {
            port.close(younger);
            rotationFailed(EndReason.SETUP_TIMEOUT, nowMs);
        }
    }

    public void onOpened(int socket, long nowMs) {
        if (socket == serving && state == LifeState.CONNECTING) {
            transition(LifeState.SUBSCRIBING, "opened", nowMs);
        }
    }

    public void onSubscribed(int socket, long nowMs) {
        if (socket == serving && (state == LifeState.SUBSCRIBING || state == LifeState.CONNECTING)) {
            servingSinceMs = nowMs;
            lastFrameMs = nowMs;
            lastDataMs = nowMs;
            wantsRotation = false;
            backoff.onUp(nowMs);
            transition(LifeState.STREAMING, "subscribed", nowMs);
        } else if (socket == younger && !isYoungerSubscribed) {
            isYoungerSubscribed = true;
            youngerSinceMs = nowMs;
            port.handOver(younger);
        }
    }

    /** A frame of any kind, pongs included, arrived at the socket that serves. */
    public void onFrame(int socket, long nowMs) {
        if (socket == serving) {
            lastFrameMs = Math.max(lastFrameMs, nowMs);
        }
    }

    /** Market data arrived. */
    public void onData(int socket, long nowMs) {
        onFrame(socket, nowMs);
        if (socket == serving) {
            longestGapMs = Math.max(longestGapMs, nowMs - lastDataMs);
            lastDataMs = nowMs;
            dataSilenceMs = Math.min(
                    LifeConfig.MAX_DATA_SILENCE_MS, Math.max(config.dataSilenceMs(), QUIET_FACTOR * longestGapMs));
        }
    }

    /** The venue announced that it will end this socket. */
    public void onShutdownAnnounced(int socket, long nowMs) {
        if (socket == serving && state == LifeState.STREAMING) {
            wantsRotation = true;
            nextAttemptMs = nowMs;
            tick(nowMs);
        }
    }

    /** Part of what the socket that serves should tell has stopped: a younger one takes over, as at the end of its age. */
    public void replace(long nowMs) {
        if (state == LifeState.STREAMING && nowMs >= nextAttemptMs) {
            wantsRotation = true;
            tick(nowMs);
        }
    }

    /** All books have moved to the younger socket. */
    public void onHandedOver(long nowMs) {
        if (younger != NONE && isYoungerSubscribed) {
            promote(nowMs);
        }
    }

    private void promote(long nowMs) {
        int old = serving;
        become(nowMs);
        ends[EndReason.ROTATED.ordinal()]++;
        rotations++;
        port.close(old);
        transition(LifeState.STREAMING, "rotated", nowMs);
    }

    private void become(long nowMs) {
        serving = younger;
        younger = NONE;
        servingSinceMs = nowMs;
        lastFrameMs = nowMs;
        lastDataMs = nowMs;
        wantsRotation = false;
        backoff.onUp(nowMs);
    }

    public void onEnded(int socket, CloseReason reason, long nowMs) {
        end(socket, EndReason.of(reason), nowMs);
    }

    /** This side cannot use the socket any more. */
    public void fail(int socket, EndReason reason, long nowMs) {
        if (socket == serving || socket == younger) {
            port.close(socket);
            end(socket, reason, nowMs);
        }
    }

    private void giveUp(EndReason reason, long nowMs) {
        fail(serving, reason, nowMs);
    }

    private void end(int socket, EndReason reason, long nowMs) {
        if (state == LifeState.CLOSED) {
            return;
        }
        if (socket == younger) {
            rotationFailed(reason, nowMs);
        } else if (socket == serving) {
            ends[reason.ordinal()]++;
            servingEnded(reason, nowMs);
        }
    }

    private void servingEnded(EndReason reason, long nowMs) {
        if (younger != NONE && isYoungerSubscribed) {
            int next = younger;
            become(nowMs);
            transition(LifeState.STREAMING, "took over after " + reason, nowMs);
            port.finishHandOver(next);
            return;
        }
        closeSocket(younger);
        younger = NONE;
        serving = NONE;
        port.lost(reason);
        nextAttemptMs = nowMs + backoff.nextDelayMs(nowMs);
        transition(LifeState.BACKING_OFF, reason.name(), nowMs);
    }

    private void rotationFailed(EndReason reason, long nowMs) {
        ends[reason.ordinal()]++;
        younger = NONE;
        nextAttemptMs = nowMs + backoff.nextDelayMs(nowMs);
        backoff.onUp(servingSinceMs);
        transition(LifeState.STREAMING, "rotation failed: " + reason, nowMs);
    }

    private void transition(LifeState next, String reason, long nowMs) {
        LifeState from = state;
        state = next;
        stateAtMs = nowMs;
        port.transition(from, next, reason);
    }

    public LifeState state() {
        return state;
    }

    /** The socket that serves, or is to serve; negative without one. */
    public int serving() {
        return serving;
    }

    /** When the next attempt may come, while backing off. */
    public long nextAttemptMs() {
        return nextAttemptMs;
    }

    public long ends(EndReason reason) {
        return ends[reason.ordinal()];
    }

    public long rotations() {
        return rotations;
    }
}
