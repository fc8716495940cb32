package dev.relay.client;

import dev.relay.client.internal.ClientSession;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Names;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An agent's connection to the bus. Safe for any thread.
 *
 * <pre>{@code
 * try (Relay relay = Relay.connect("risk")) {
 *     relay.on("fill", msg -> positions.apply(msg.as(Fill.class)));   // return = ack, throw = nack
 *     relay.start();                                                 // deliveries begin; sending needs no start
 *     relay.send("executor", "order", order);
 * }
 * }</pre>
 *
 * <p>It reconnects by itself and sends again, in order, what has no outcome; only a fatal code (such as NAME_IN_USE) ends it. Messages of one
 * sender arrive in order; no order is promised between a sender's direct messages, its publications and its replies. The outbox is bounded: a
 * send that finds it full waits or fails, by {@link RelayBuilder}, and inside a handler always fails at once with OUTBOX_FULL.
 *
 * <p>Handlers run on {@link RelayBuilder#handlerThreads} threads (default: processors, at least 4), the messages of a lane one after the other. A
 * handler may block (I/O, {@code request}): it holds its lane and one of these threads; when all are held, no other lane runs.
 *
 * <p>A call that waits throws {@link RelayRefused} with the code that the daemon gave (what to do about each: {@code protocol/errors.json}), {@link
 * RelayTimeout} when no answer came in time (5 s where the call names none), {@link RelayClosed} when this client has ended.
 */
public final class Relay implements AutoCloseable {
    private static final Duration CONTROL_TIMEOUT = Duration.ofSeconds(5);

    private final RelayConfig config;
    private final Engine engine;
    private final HandlerPool handlers;
    private final SendCalls sends;
    private final Commands commands = new Commands();
    private final SharedState state = new SharedState(this);
    private final Latest latest = new Latest(this);

    Relay(RelayConfig config) {
        this.config = config;
        this.engine = new Engine(config);
        this.handlers = new HandlerPool(engine);
        this.sends = new SendCalls(engine);
    }

    void connect() {
        engine.connect();
    }

    /** Connects with all defaults; see {@link RelayBuilder#connect} for what it throws. */
    public static Relay connect(String name) {
        return builder(name).connect();
    }

    /** For every other setting: socket, token, bounds, inbox. */
    public static RelayBuilder builder(String name) {
        return new RelayBuilder(name);
    }

    /** The agent's name, as its peers send to it. */
    public String name() {
        return config.name();
    }

    // ---- receiving

    /** Registers a handler for messages of this kind; {@code *} takes every kind that no other handler does. */
    public Relay on(String kind, MessageConsumer handler) {
        return on(kind, HandlerOptions.ANY, handler);
    }

    /** The same for what {@code options} narrow it to: a sender, a topic, a group; and how it is acked. */
    public Relay on(String kind, HandlerOptions options, MessageConsumer handler) {
        handlers.add(kind, options, message -> {
            handler.accept(message);
            return null;
        });
        return this;
    }

    /** Registers a handler whose value answers requests. */
    public Relay onRequest(String kind, Handler handler) {
        return onRequest(kind, HandlerOptions.ANY, handler);
    }

    /** The same for what {@code options} narrow it to. */
    public Relay onRequest(String kind, HandlerOptions options, Handler handler) {
        handlers.add(kind, options, handler);
        return this;
    }

    /** Deliveries begin. Register handlers first: a message without one is dead-lettered. */
    public Relay start() {
        handlers.start();
        engine.deliveries.begin();
        return this;
    }

    /** Everything published on matching topics after this returns is delivered; a durable one also while this agent is away. */
    public void subscribe(String pattern, boolean durable) {
        subscribe(pattern, durable ? Interest.DURABLE : Interest.LIVE);
    }

    /** The same with a filter that the daemon applies; the same pattern again changes it. */
    public void subscribe(String pattern, Interest interest) {
        if (!Names.isPattern(pattern)) {
            throw new RelayRefused(ErrorCode.BAD_NAME.name(), "topic pattern=" + pattern, 0);
        }
        control("subscribe", interest.arguments(pattern));
    }

    /** Nothing more is delivered for this pattern. */
    public void unsubscribe(String pattern) {
        control("unsubscribe", Map.of("topic", pattern));
    }

    // ---- sending

    /** Sends and returns at once; the handle tells when the message is safe, or why not. */
    public SendHandle send(String to, String kind, @Nullable Object payload) {
        return send(to, kind, payload, SendOptions.DEFAULT);
    }

    /** The same with options. A bad name fails the handle; an outbox that stays full throws OUTBOX_FULL at once or after its wait. */
    public SendHandle send(String to, String kind, @Nullable Object payload, SendOptions options) {
        return sends.send(to, kind, payload, options);
    }

    /**
     * Sends all in one call and returns their handles in the same order. What finds no room in the outbox has a handle that fails with OUTBOX_FULL, and
     * so has everything behind it.
     */
    public List<SendHandle> sendMany(String to, String kind, List<?> payloads) {
        return sendMany(to, kind, payloads, SendOptions.DEFAULT);
    }

    /** The same, all with these options. */
    public List<SendHandle> sendMany(String to, String kind, List<?> payloads, SendOptions options) {
        return sends.sendMany(to, kind, payloads, options);
    }

    /**
     * Sends and waits until the recipient has handled it; throws {@link RelayDeadLettered} when it never will. After {@link RelayTimeout} the outcome
     * is unknown: the message may still be delivered and handled.
     */
    public Receipt sendAndWait(String to, String kind, @Nullable Object payload, Duration timeout) {
        return sendAndWait(to, kind, payload, timeout, SendOptions.DEFAULT);
    }

    /** The same with options. */
    public Receipt sendAndWait(
            String to, String kind, @Nullable Object payload, Duration timeout, SendOptions options) {
        return sends.sendAndWait(to, kind, payload, timeout, options);
    }

    /** Publishes to every matching subscription, all or none; the receipt tells how many matched. */
    public SendHandle publish(String topic, @Nullable Object payload) {
        return publish(topic, "", payload, SendOptions.DEFAULT);
    }

    /** The same with a kind, by which recipients choose the handler. */
    public SendHandle publish(String topic, String kind, @Nullable Object payload) {
        return publish(topic, kind, payload, SendOptions.DEFAULT);
    }

    /** The same with options. */
    public SendHandle publish(String topic, String kind, @Nullable Object payload, SendOptions options) {
        return sends.publish(topic, kind, payload, options);
    }

    /**
     * Asks and waits for the answer; the request expires with the timeout. Throws {@link RelayRemoteError} when the handler failed and {@link
     * RelayTimeout} without an answer in time. Allowed inside a handler: replies need no handler thread.
     */
    public Reply request(String to, String kind, @Nullable Object payload, Duration timeout) {
        return request(to, kind, payload, timeout, SendOptions.DEFAULT);
    }

    /** The same with options; an age limit among them takes the place of the timeout as the one after which the request expires. */
    public Reply request(String to, String kind, @Nullable Object payload, Duration timeout, SendOptions options) {
        return sends.request(to, kind, payload, timeout, options);
    }

    /** Called on a thread of its own whenever a recipient's queue rises above or falls below its watermarks. */
    public Relay onPressure(Consumer<Pressure> listener) {
        engine.outcomes.events.listenForPressure(listener);
        return this;
    }

    /** Called on a thread of its own when a message that this agent has sent is dead-lettered, here or while it is connected. */
    public Relay onDeadLetter(Consumer<DeadLetter> listener) {
        engine.outcomes.events.listen("dead_letter", event -> listener.accept(new DeadLetter(event)));
        return this;
    }

    /**
     * Calls the listener on a thread of the client's own with each EVENT of this name that the daemon tells, as the protocol describes it. Events are
     * lost with a connection: listen to {@code connected} too, and ask again. Listeners share the thread; when more than 4,096 calls wait, the oldest
     * are lost, and {@code resync} tells of which name ({@code of}).
     */
    public Relay onEvent(String name, Consumer<Map<String, @Nullable Object>> listener) {
        engine.outcomes.events.listen(name, listener);
        return this;
    }

    /** For features: listens to events of this name, and asks again for what they told on every connection and when some were lost. */
    void follow(String name, Consumer<Map<String, @Nullable Object>> listener, Runnable askAgain) {
        onEvent(name, listener);
        onEvent("connected", event -> askAgain.run());
        engine.outcomes.events.listenForLoss(name, askAgain);
    }

    // ---- operating

    /** A control operation of the protocol, section 7; returns its result fields. */
    public Map<String, @Nullable Object> control(String op, Map<String, ?> arguments) {
        return control(op, arguments, CONTROL_TIMEOUT);
    }

    Map<String, @Nullable Object> control(String op, Map<String, ?> arguments, Duration timeout) {
        return engine.calls.control(op, arguments, timeout.toMillis());
    }

    /** Whether there is a session now; sending does not need one. */
    public boolean isConnected() {
        return engine.state() == ClientSession.State.OPEN;
    }

    /** What the daemon knows of a message: {@code pending}, {@code stored}, {@code acked}, {@code dead} or {@code not_recorded}. */
    public String fate(MessageRef message) {
        return String.valueOf(control("fate", message.arguments()).get("state"));
    }

    /** The daemon's dead-letter queue. */
    public DeadLetters deadLetters() {
        return new DeadLetters(this);
    }

    /**
     * From now on this agent is given durable copies of what that agent gets and sends; see {@link Message#shadow}. For operators and those of {@code
     * allow_shadow}.
     */
    public void shadow(String agent) {
        shadow(agent, true, true);
    }

    /** The same with what it gets, what it sends, or both, of these kinds or of all. Again changes it. */
    public void shadow(String agent, boolean incoming, boolean outgoing, String... kinds) {
        control(
                "shadow.start",
                Map.of("agent", agent, "incoming", incoming, "outgoing", outgoing, "kinds", List.of(kinds)));
    }

    /** Ends what {@link #shadow} began. */
    public void stopShadow(String agent) {
        control("shadow.stop", Map.of("agent", agent));
    }

    /** Who is there, and what each says of itself. */
    public Presence presence() {
        return new Presence(this);
    }

    /** Returns the directory's row of that agent once it is connected; throws {@link RelayTimeout} when it is not in time. */
    public Map<String, @Nullable Object> waitForAgent(String name, Duration timeout) {
        return presence().await(name, timeout, false);
    }

    void declare(Map<String, ?> given) {
        engine.declare(given);
    }

    /** The lanes that deliver to this agent. */
    public Lanes lanes() {
        return new Lanes(this);
    }

    /** How much agents may send, and how much may wait for them. */
    public Quotas quotas() {
        return new Quotas(this);
    }

    /** Health, metrics, pauses, breakers and commands of this and other agents. */
    public Agents agents() {
        return new Agents(this);
    }

    /** Takes a command of an operator: its value is the answer. Register it before {@link #start}. */
    public Relay onCommand(String name, Command command) {
        if (commands.isEmpty()) {
            onRequest(Agents.COMMAND, commands);
        }
        commands.add(name, command);
        return this;
    }

    /** Commands an agent that is connected and waits for its answer; for operators. */
    public Reply sendCommand(String agent, String command, Map<String, ?> arguments, Duration timeout) {
        return agents().sendCommand(agent, command, arguments, timeout);
    }

    /** Has the supervisor start an agent from a template, and waits until it is ready; see {@link Agents#spawn}. */
    public Map<String, @Nullable Object> spawn(
            String template, String name, Map<String, String> args, Duration timeout) {
        return agents().spawn(template, name, args, timeout);
    }

    /** Has the supervisor end an agent that it started; see {@link Agents#release}. */
    public Map<String, @Nullable Object> release(String name, Duration timeout) {
        return agents().release(name, timeout);
    }

    /** Has the supervisor end and start it, and waits until it is connected again; see {@link Agents#restart}. */
    public Map<String, @Nullable Object> restart(String name, Duration timeout) {
        return agents().restart(name, timeout);
    }

    /** Returns the directory's row of that agent once it takes messages; throws {@link RelayTimeout} when it is not in time. */
    public Map<String, @Nullable Object> waitForReady(String name, Duration timeout) {
        return presence().await(name, timeout, true);
    }

    /** Holds what is sent to an agent until {@link #resume}; false when it was paused already. See {@link Agents#pause}. */
    public boolean pause(String agent, String reason) {
        return agents().pause(agent, reason);
    }

    /** Lets it go on; false when it was not paused. */
    public boolean resume(String agent) {
        return agents().resume(agent);
    }

    /** Pauses every agent and has the kill switch raised; see {@link Agents#emergencyStop}. */
    public Map<String, @Nullable Object> emergencyStop(String reason) {
        return agents().emergencyStop(reason);
    }

    /** An agent as the daemon sees it. */
    public Map<String, @Nullable Object> getHealth(String agent) {
        return agents().health(agent);
    }

    /** An agent as the daemon sees it. */
    public Map<String, @Nullable Object> getMetrics(String agent) {
        return agents().metrics(agent);
    }

    // ---- as a team

    /** Work groups: join and leave them, see who owns what. */
    public Groups groups() {
        return new Groups(this);
    }

    /** States that agents share. */
    public SharedState state() {
        return state;
    }

    /** Sets these keys of this agent's state; only what changed is sent. Returns its version. */
    public long updateState(Map<String, ?> values) {
        return state.update(values);
    }

    /** The state that an agent shares. */
    public Map<String, @Nullable Object> getState(String agent) {
        return state.get(agent);
    }

    /** Watches the states of agents by name, or by its beginning and {@code *}. */
    public void watchState(String pattern, Consumer<StateChange> listener) {
        state.watch(pattern, listener);
    }

    /** Conflated topics: the latest value per key. */
    public Latest latest() {
        return latest;
    }

    /** Bounded windows of the last values. */
    public Windows windows() {
        return new Windows(this);
    }

    /** Decisions of a group: proposals and votes. */
    public Proposals proposals() {
        return new Proposals(this);
    }

    /** Asks these voters and waits for their decision, denied on timeout. {@code rule}: majority, supermajority, unanimous or quorum. */
    public Decision propose(String title, List<String> voters, String rule, Duration timeout) {
        return proposals().propose(title, voters, rule, timeout);
    }

    /** By weights: approved when the yes votes weigh {@code threshold}, more than half of all when it is 0. */
    public Decision propose(String title, Map<String, Long> weights, long threshold, Duration timeout) {
        return proposals().propose(title, weights, threshold, timeout);
    }

    public Health getHealth() {
        return ClientStatus.health(engine, isConnected());
    }

    /** Counters and levels by name; counters only rise. */
    public Map<String, Long> getMetrics() {
        return ClientStatus.metrics(engine);
    }

    // ---- closing

    /** Drains as long as the close timeout says, then closes. */
    @Override
    public void close() {
        close(Duration.ofMillis(config.closeTimeoutMs()));
    }

    /**
     * Stops deliveries, waits for running handlers and outcomes, then closes. Returns how many messages have no outcome; their handles fail with
     * {@link RelayClosed}.
     */
    public int close(Duration timeout) {
        latest.close();
        int unresolved = engine.drain(timeout.toMillis());
        engine.stop();
        return unresolved;
    }
}
