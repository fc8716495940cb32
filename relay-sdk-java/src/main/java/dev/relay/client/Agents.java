package dev.relay.client;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The agents of the daemon: how they do, hold them and let them go, command them. Safe for any thread; every call waits for the daemon's
 * answer and throws {@link RelayRefused} (NOT_FOUND, UNAUTHORIZED, BAD_REQUEST; RECIPIENT_OFFLINE for a command to an absent agent) or
 * {@link RelayTimeout}. Others than oneself are for operators to change; changes are audited there.
 */
public final class Agents {
    /** Kind of the requests that carry commands. */
    static final String COMMAND = "relay.command";

    private static final String ALL = "*";
    private static final String SUPERVISOR = "supervisor";
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final Relay relay;

    Agents(Relay relay) {
        this.relay = relay;
    }

    /** {@code score} 0 to 100, {@code level}, and {@code deductions} by name. */
    public Map<String, @Nullable Object> health(String agent) {
        return relay.control("agent.health", Map.of("agent", agent));
    }

    /** Ratios, handler percentiles, queue, lag, breaker, memory and processor time of its process, gauges. */
    public Map<String, @Nullable Object> metrics(String agent) {
        return relay.control("agent.metrics", Map.of("agent", agent));
    }

    /** Holds what is sent to an agent, over restarts of the daemon, until {@link #resume}; nothing is dropped. False when it was paused already. */
    public boolean pause(String agent, String reason) {
        return isTrue(relay.control("pause", Map.of("agent", agent, "reason", reason)), "changed");
    }

    /** Lets it go on; false when it was not paused. */
    public boolean resume(String agent) {
        return isTrue(relay.control("resume", Map.of("agent", agent)), "changed");
    }

    /** Holds the direct messages of one sender only. */
    public boolean pauseLane(String agent, String sender) {
        return isTrue(relay.control("pause", Map.of("agent", agent, "sender", sender)), "changed");
    }

    /** Lets the messages of this sender go on; false when they were not held. */
    public boolean resumeLane(String agent, String sender) {
        return isTrue(relay.control("resume", Map.of("agent", agent, "sender", sender)), "changed");
    }

    /** After an emergency stop; the kill switch is released on its own. */
    public void resumeAll() {
        relay.control("resume", Map.of("agent", ALL));
    }

    /** Pauses every agent and has the sidecar raise the kill switch; {@code kill_switch} says whether it was told. */
    public Map<String, @Nullable Object> emergencyStop(String reason) {
        return relay.control("emergency_stop", Map.of("reason", reason));
    }

    /** Asks an agent that is connected to do what it registered with {@link Relay#onCommand}, and waits for its answer. */
    public Reply sendCommand(String agent, String command, Map<String, ?> arguments, Duration timeout) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("command", command);
        body.put("args", arguments);
        return relay.request(agent, COMMAND, body, timeout);
    }

    /**
     * Has the supervisor start an agent from a template of its {@code relay.yaml} and waits until it is connected. Returns its row;
     * {@link RelayRefused} NOT_READY, with the end of its log, when it does not come up, NOT_FOUND (no such template), BAD_REQUEST
     * (arguments), NAME_IN_USE, UNAUTHORIZED, RECIPIENT_OFFLINE (no supervisor).
     */
    public Map<String, @Nullable Object> spawn(
            String template, String name, Map<String, String> args, Duration timeout) {
        return supervisor("spawn", Map.of("template", template, "name", name, "args", args), timeout);
    }

    /** Has the supervisor end an agent that it started, by SIGTERM and after its grace by SIGKILL, and waits for it. */
    public Map<String, @Nullable Object> release(String name, Duration timeout) {
        return supervisor("release", Map.of("name", name), timeout);
    }

    /** Has the supervisor end and start an agent that it keeps, and waits until it is connected again. */
    public Map<String, @Nullable Object> restart(String name, Duration timeout) {
        return supervisor("restart", Map.of("name", name), timeout);
    }

    /** What the supervisor keeps, with state, pid, restarts and last exit. */
    public List<Map<String, @Nullable Object>> supervised() {
        return Rows.of(supervisor("list", Map.of(), ANSWER), "agents");
    }

    /** The last lines that an agent of the supervisor logged. */
    public List<String> logs(String name) {
        return supervisor("logs", Map.of("name", name), ANSWER).get("lines") instanceof List<?> lines
                ? lines.stream().map(String::valueOf).toList()
                : List.of();
    }

    private Map<String, @Nullable Object> supervisor(String command, Map<String, ?> arguments, Duration timeout) {
        Map<String, @Nullable Object> answer = new LinkedHashMap<>(
                sendCommand(SUPERVISOR, command, arguments, timeout).json());
        if (!Boolean.TRUE.equals(answer.remove("ok"))) {
            throw new RelayRefused(
                    String.valueOf(answer.get("code")), command + ": " + String.valueOf(answer.get("message")), 0);
        }
        return answer;
    }

    /** Breakers that are not closed. */
    public List<Map<String, @Nullable Object>> breakers() {
        return Rows.of(relay.control("breaker.ls", Map.of()), "breakers");
    }

    /** Closes the breaker of an agent and those of its lanes before their time. */
    public void resetBreaker(String agent) {
        relay.control("breaker.reset", Map.of("agent", agent));
    }

    /** Numbers, booleans or short texts of our own, by name, that appear in our row of {@code agents}; at most 16, until the daemon ends. */
    public void gauges(Map<String, ?> values) {
        relay.control("gauges", Map.of("values", values));
    }

    private static boolean isTrue(Map<String, @Nullable Object> answer, String key) {
        return Boolean.TRUE.equals(answer.get(key));
    }
}
