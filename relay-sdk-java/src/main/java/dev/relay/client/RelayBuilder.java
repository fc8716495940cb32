package dev.relay.client;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Names;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Settings of a client before it connects; not thread-safe. Every setting has a default. */
public final class RelayBuilder {
    private final String name;
    private String namespace = "default";
    private @Nullable DaemonAddress socket;
    private int handlerThreads = Math.max(4, Runtime.getRuntime().availableProcessors());
    private int maxOutboxMessages = 10_000;
    private long maxOutboxBytes = 64L << 20;
    private int windowMessages = 256;
    private Duration sendWait = Duration.ofSeconds(30);
    private Duration connectTimeout = Duration.ofSeconds(5);
    private Duration closeTimeout = Duration.ofSeconds(5);
    private @Nullable String auth;
    private @Nullable InboxStore inbox;
    private boolean takesOver;
    private final Map<String, Object> declared = new TreeMap<>();
    private final Map<String, Interest> interests = new LinkedHashMap<>();

    RelayBuilder(String name) {
        this.name = name;
    }

    /** The daemon's socket; default {@code RELAY_SOCKET}, else the run directory. */
    public RelayBuilder socket(Path path) {
        socket = new DaemonAddress(path, 0);
        return this;
    }

    /** The daemon's port on loopback, for hosts without Unix sockets; needs {@link #auth}. In {@code RELAY_SOCKET}: {@code tcp:PORT}. */
    public RelayBuilder loopback(int port) {
        socket = new DaemonAddress(null, port);
        return this;
    }

    /** Agents see those of their own namespace only; default {@code default}. */
    public RelayBuilder namespace(String value) {
        namespace = value;
        return this;
    }

    /** Lanes whose handlers run in parallel. */
    public RelayBuilder handlerThreads(int threads) {
        handlerThreads = threads;
        return this;
    }

    /** Bounds of what is sent and has no outcome. */
    public RelayBuilder outbox(int messages, long bytes) {
        maxOutboxMessages = messages;
        maxOutboxBytes = bytes;
        return this;
    }

    /** Messages per lane that may be delivered and not acked. */
    public RelayBuilder window(int messages) {
        windowMessages = messages;
        return this;
    }

    /** A send that finds the outbox full waits so long (in a handler it never waits). */
    public RelayBuilder blockWhenFull(Duration atMost) {
        sendWait = atMost;
        return this;
    }

    /** A send that finds the outbox full fails at once with OUTBOX_FULL. */
    public RelayBuilder failWhenFull() {
        sendWait = Duration.ZERO;
        return this;
    }

    /** How long {@link #connect} waits for the daemon, 5 s unless said. */
    public RelayBuilder connectTimeout(Duration value) {
        connectTimeout = value;
        return this;
    }

    /** How long {@link Relay#close()} waits for what is under way. */
    public RelayBuilder closeTimeout(Duration value) {
        closeTimeout = value;
        return this;
    }

    /** The name's token, where the daemon asks for one. */
    public RelayBuilder auth(String token) {
        auth = token;
        return this;
    }

    /** Where finished messages are recorded, so that the agent's own death repeats no effect; the client closes it. Default: memory. */
    public RelayBuilder inbox(InboxStore store) {
        inbox = store;
        return this;
    }

    /** Takes the name at once when its owner has been silent for 3 s; without it the client asks for up to 5 s and then does the same. */
    public RelayBuilder takeover() {
        takesOver = true;
        return this;
    }

    /** What others read of this agent in the directory, a JSON object of at most 4 KiB; see {@link Presence}. */
    public RelayBuilder metadata(Map<String, ?> value) {
        declared.put("metadata", value);
        return this;
    }

    /** What this agent can do, by words that others look for. */
    public RelayBuilder capabilities(String... values) {
        declared.put("capabilities", List.of(values));
        return this;
    }

    /** An interest from the beginning on; {@link Relay#subscribe} changes it, {@link #connect} throws what the daemon refuses. */
    public RelayBuilder interest(String pattern, Interest interest) {
        interests.put(pattern, interest);
        return this;
    }

    /** Connects and waits for the daemon's answer; throws {@link RelayRefused} on NAME_IN_USE and the like. */
    public Relay connect() {
        if (!Names.isName(name)) {
            throw new RelayRefused(ErrorCode.BAD_NAME.name(), "agent name=" + name, 0);
        }
        Traces.fromEnvironment(name, System.getenv());
        Relay relay = new Relay(new RelayConfig(
                name,
                namespace,
                socket == null ? DaemonAddress.usual() : socket,
                handlerThreads,
                maxOutboxMessages,
                maxOutboxBytes,
                windowMessages,
                sendWait.toMillis(),
                connectTimeout.toMillis(),
                closeTimeout.toMillis(),
                auth,
                inbox,
                takesOver,
                Map.copyOf(declared)));
        relay.connect();
        try {
            interests.forEach(relay::subscribe);
        } catch (RelayException e) {
            relay.close();
            throw e;
        }
        return relay;
    }
}
