package dev.relay.cli.supervisor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One agent under supervision. Owned by {@link Supervision}, which makes every change; its thread only. */
final class Child {
    private static final int MAX_DOUBLINGS = 20;

    enum State {
        /** It runs; the bus does not know it yet. */
        STARTING,
        /** It runs, and was connected since it was started. */
        READY,
        /** SIGTERM is sent, its end is awaited. */
        STOPPING,
        /** It ended and will be started again at {@code dueMs}. */
        BACKING_OFF,
        /** It ended and its template wants no other one. */
        ENDED,
        /** It failed too often in a row. */
        FAILED
    }

    /** What comes when a process that is being stopped is gone. */
    enum Then {
        FORGET,
        START,
        COUNT_A_FAILURE
    }

    final String name;
    /** By which it is started next. */
    Template template;

    final Map<String, String> args;
    State state = State.STARTING;
    Then then = Then.FORGET;
    Identity process = Identity.NONE;
    /** The first start of a spawn: nobody keeps an agent that never was there. */
    boolean isNew;

    boolean isKilled;
    long versionAtStart;
    long restarts;
    /** In a row. */
    long failures;

    long startedAtMs;
    long readyAtMs;
    long dueMs;
    String lastExit = "";
    /** Answered when it is ready, or will not be. */
    final Waiting awaitingReady = new Waiting();
    /** Answered when it is gone. */
    final Waiting awaitingEnd = new Waiting();

    Child(String name, Template template, Map<String, String> args) {
        this.name = name;
        this.template = template;
        this.args = Map.copyOf(args);
    }

    /** As an earlier supervisor left it. */
    static Child of(Saved saved, Template template, long nowMs) {
        Child child = new Child(saved.name(), template, saved.args());
        child.process = saved.process();
        child.restarts = saved.restarts();
        child.failures = saved.failures();
        child.lastExit = saved.lastExit();
        child.state = saved.state();
        child.startedAtMs = nowMs;
        child.versionAtStart = -1;
        return child;
    }

    /** It will not be ready, and these lines of its log may say why. */
    void refuseReady(String why, List<String> tail) {
        String log = tail.isEmpty() ? "it logged nothing" : "the end of its log:\n" + String.join("\n", tail);
        awaitingReady.refuse(new Refusal("NOT_READY", "agent=" + name + " " + why + "; " + log));
    }

    /** Nobody is answered later. */
    void refuseAll(Refusal refusal) {
        awaitingReady.refuse(refusal);
        awaitingEnd.refuse(refusal);
    }

    boolean isRunning() {
        return state == State.STARTING || state == State.READY || state == State.STOPPING;
    }

    /** How long it waits before its next start: half of it is certain, half by {@code chance}, so that many that failed together do not come back together. */
    long backoffMs(double chance) {
        long doubled = template.number(TemplateNumber.BACKOFF_MS) << Math.min(MAX_DOUBLINGS, failures);
        long wait = Math.min(doubled, template.number(TemplateNumber.BACKOFF_MAX_MS));
        return wait / 2 + (long) (wait / 2.0 * chance);
    }

    Saved saved() {
        State kept = state == State.STOPPING && then != Then.FORGET ? State.STARTING : state;
        return new Saved(template.name(), name, args, kept, process, restarts, failures, lastExit);
    }

    Map<String, Object> row(long nowMs, boolean isConnected) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", name);
        row.put("template", template.name());
        row.put("state", state.name().toLowerCase(Locale.ROOT));
        row.put("connected", isConnected);
        row.put("pid", isRunning() ? process.pid() : 0);
        row.put("restarts", restarts);
        row.put("uptime_ms", isRunning() ? nowMs - startedAtMs : 0);
        row.put("last_exit", lastExit);
        row.put("args", args);
        return row;
    }
}
