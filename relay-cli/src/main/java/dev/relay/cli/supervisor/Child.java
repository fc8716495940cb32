package dev.relay.cli.supervisor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** One agent under supervision. Owned by {@link Supervision}, which makes every change; its thread only. */
final class Child {
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
    final List<CompletableFuture<Map<String, Object>>> awaitingReady = new ArrayList<>();
    /** Answered when it is gone. */
    final List<CompletableFuture<Map<String, Object>>> awaitingEnd = new ArrayList<>();

    Child(String name, Template template, Map<String, String> args) {
        this.name = name;
        this.template = template;
        this.args = Map.copyOf(args);
    }

    boolean isRunning() {
        return state == State.STARTING || state == State.READY || state == State.STOPPING;
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
