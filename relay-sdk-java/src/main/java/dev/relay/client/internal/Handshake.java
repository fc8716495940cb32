package dev.relay.client.internal;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** HELLO and WELCOME, and what they agree on: epoch, resume token, store and limits. Owned by {@link ClientSession}. */
final class Handshake {
    /** What the daemon may tell this client without being asked. */
    private static final List<String> EVENTS = List.of(
            "dead_letter", "lane_halted", "presence", "state", "group", "proposal", "lifecycle", "breaker", "latest");

    private static final int PROTO = 1;
    /** The daemon may not have read the end of a process that has just died. */
    private static final long CONTEST_NS = 500_000_000L;

    private static final long CONTEST_SUSPECT_NS = 5_000_000_000L;

    private final SessionConfig config;
    private @Nullable String resume;
    private @Nullable String storeUuid;
    private long bootNo;
    private long epoch;
    private boolean isResumed;
    private boolean isTakeover;
    private boolean takesOver;
    private int maxFrameBytes = Limits.MAX_FRAME_BYTES;
    private int windowMessages = Limits.WINDOW_MESSAGES;
    private long windowBytes = Limits.WINDOW_BYTES;
    private long pingMs = Limits.PING_MS;
    private long firstHelloNs;

    /** What the agent says of itself, on every connection. */
    private Map<String, Object> declared = Map.of();

    void declare(Map<String, ?> given) {
        Map<String, Object> all = new LinkedHashMap<>(declared);
        all.putAll(given);
        declared = all;
    }

    Handshake(SessionConfig config) {
        this.config = config;
    }

    boolean writeHello(FrameSink sink, List<Map<String, Object>> floors, long nowNs) {
        if (firstHelloNs == 0) {
            firstHelloNs = nowNs;
        }
        byte[] body = FrameWriter.controlBody(hello(floors));
        ByteBuffer out = sink.reserve(Frames.PREFIX_BYTES + body.length);
        if (out == null) {
            return false;
        }
        FrameWriter.control(out, FrameType.HELLO, body);
        sink.commit();
        return true;
    }

    private Map<String, Object> hello(List<Map<String, Object>> floors) {
        Map<String, Object> hello = new LinkedHashMap<>();
        hello.put("proto", List.of(PROTO, PROTO));
        hello.put("namespace", config.namespace());
        hello.put("name", config.name());
        hello.put("client", config.client());
        hello.put("pid", config.pid());
        hello.put("events", EVENTS);
        hello.putAll(declared);
        if (config.auth() != null) {
            hello.put("auth", config.auth());
        }
        if (isTakeover) {
            hello.put("takeover", true);
        }
        if (resume != null && storeUuid != null) {
            hello.put("resume", resume);
            hello.put("epoch", epoch);
            hello.put("boot_no", bootNo);
            hello.put("store_uuid", storeUuid);
            hello.put("floors", floors);
        }
        return hello;
    }

    /** True when a store that we knew was replaced by another, or our epoch ended: nothing numbered before holds. */
    boolean onWelcome(Fields f) {
        String store = f.text("store_uuid");
        long newEpoch = f.number("epoch");
        boolean isNewStore = storeUuid != null && (!store.equals(storeUuid) || newEpoch != epoch);
        storeUuid = store;
        bootNo = f.number("boot_no");
        epoch = newEpoch;
        resume = f.text("resume");
        isResumed = f.flag("resumed");
        pingMs = f.numberOr("ping_ms", Limits.PING_MS);
        Fields limits = f.object("limits");
        maxFrameBytes = (int) limits.numberOr("max_frame", Limits.MAX_FRAME_BYTES);
        windowMessages = (int) limits.numberOr("window_messages", Limits.WINDOW_MESSAGES);
        windowBytes = limits.numberOr("window_bytes", Limits.WINDOW_BYTES);
        return isNewStore;
    }

    /**
     * A new process whose predecessor has just died, or is silent, asks again for a while (I19); one that meets a live owner does not
     * (D17). The next HELLO may take over when the owner was silent.
     */
    boolean mayContest(String code, boolean ownerIsSuspect, long nowNs) {
        if (!code.equals(ErrorCode.NAME_IN_USE.name()) || epoch != 0) {
            return false;
        }
        isTakeover = ownerIsSuspect || takesOver;
        return nowNs - firstHelloNs < (ownerIsSuspect ? CONTEST_SUSPECT_NS : CONTEST_NS);
    }

    void takeOver() {
        takesOver = true;
        isTakeover = true;
    }

    String name() {
        return config.name();
    }

    String storeUuid() {
        return storeUuid == null ? "" : storeUuid;
    }

    long epoch() {
        return epoch;
    }

    boolean isResumed() {
        return isResumed;
    }

    int maxFrameBytes() {
        return maxFrameBytes;
    }

    int windowMessages() {
        return windowMessages;
    }

    long windowBytes() {
        return windowBytes;
    }

    long pingMs() {
        return pingMs;
    }
}
