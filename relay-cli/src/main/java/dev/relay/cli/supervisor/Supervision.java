package dev.relay.cli.supervisor;

import dev.relay.cli.supervisor.Child.State;
import dev.relay.cli.supervisor.Child.Then;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * What is started, started again, given up and ended. An agent is ready when the bus has seen it join since its process was started; one
 * that is not in time is ended and counts as a failure, and a new one is forgotten. After a failure it waits, twice as long each time, with
 * jitter; a minute of being ready clears the count. While the daemon is away nobody can join, so that time does not count against the ready
 * timeout. Called by one thread; at most {@link #MAX_CHILDREN} agents, one more is OVERLOADED; every change is saved before it is answered.
 */
final class Supervision {
    static final int MAX_CHILDREN = 512;
    static final long STEADY_MS = 60_000;
    private static final int TAIL_LINES = 20;

    private Map<String, Template> templates;
    private final Processes processes;
    private final Names names;
    private final LongSupplier clockMs;
    private final DoubleSupplier jitter;
    private final Consumer<List<Saved>> store;
    private final Map<String, Child> children = new TreeMap<>();
    private long lastTickMs;
    private boolean isChanged;

    /** {@code jitter} gives values from 0 to 1, {@code store} keeps the children for the next supervisor. */
    Supervision(
            Map<String, Template> templates,
            Processes processes,
            Names names,
            LongSupplier clockMs,
            DoubleSupplier jitter,
            Consumer<List<Saved>> store) {
        this.templates = Map.copyOf(templates);
        this.processes = processes;
        this.names = names;
        this.clockMs = clockMs;
        this.jitter = jitter;
        this.store = store;
        this.lastTickMs = clockMs.getAsLong();
    }

    /** Takes over what an earlier supervisor left: processes that run go on, the others are judged as if they had ended now. */
    void adopt(List<Saved> left) {
        left.forEach(this::adopt);
        save();
    }

    /** From now on agents are started by these. What runs goes on as it was started; what has no template any more is not started again. */
    void reload(Map<String, Template> other) {
        templates = Map.copyOf(other);
        children.values().forEach(child -> child.template = template(child.template.name()));
    }

    private Template template(String name) {
        return templates.getOrDefault(name, Template.absent(name));
    }

    private void adopt(Saved saved) {
        Child child = Child.of(saved, template(saved.template()), clockMs.getAsLong());
        children.put(child.name, child);
        if (child.state == State.STOPPING) {
            child.state = State.READY;
            stop(child, Then.FORGET);
        } else if (child.isRunning()) {
            child.state = State.STARTING;
            child.dueMs = clockMs.getAsLong() + child.template.number(TemplateNumber.READY_TIMEOUT_MS);
        }
    }

    /** Answers with its row when it is ready; else a {@link Refusal}, and nothing of it is left. */
    CompletableFuture<Map<String, Object>> spawn(String template, String name, Map<String, String> args) {
        Template found = templates.get(template);
        if (found == null) {
            throw new Refusal("NOT_FOUND", "no such template; there are " + String.join(", ", templates.keySet()));
        }
        if (!dev.relay.protocol.Names.isName(name)) {
            throw new Refusal("BAD_NAME", "agent names are lower-case letters, digits, dot, dash, underscore");
        }
        List<String> unused = found.commandLine(name, args);
        Child before = children.get(name);
        if ((before != null && (before.isRunning() || before.state == State.BACKING_OFF)) || names.isConnected(name)) {
            throw new Refusal("NAME_IN_USE", "an agent of that name is there: name=" + name);
        }
        if (before == null && children.size() >= MAX_CHILDREN) {
            throw new Refusal("OVERLOADED", "agents of this supervisor: " + children.size());
        }
        Child child = new Child(name, found, args);
        child.isNew = true;
        children.put(name, child);
        CompletableFuture<Map<String, Object>> answer = child.awaitingReady.add();
        start(child);
        save();
        return answer;
    }

    /** Answers when its process is gone. */
    CompletableFuture<Map<String, Object>> release(String name) {
        Child child = child(name);
        CompletableFuture<Map<String, Object>> answer = child.awaitingEnd.add();
        if (child.isRunning()) {
            stop(child, Then.FORGET);
        } else {
            forget(child);
        }
        save();
        return answer;
    }

    /** Answers with its row when its new process is ready. */
    CompletableFuture<Map<String, Object>> restart(String name) {
        Child child = child(name);
        if (child.state == State.STOPPING && child.then == Then.FORGET) {
            throw new Refusal("NOT_FOUND", "it is being released: name=" + name);
        }
        List<String> unused = child.template.commandLine(name, child.args);
        CompletableFuture<Map<String, Object>> answer = child.awaitingReady.add();
        child.failures = 0;
        child.restarts++;
        if (child.isRunning()) {
            stop(child, Then.START);
        } else {
            start(child);
        }
        save();
        return answer;
    }

    List<Map<String, Object>> list() {
        long nowMs = clockMs.getAsLong();
        return children.values().stream()
                .map(child -> child.row(nowMs, names.isConnected(child.name)))
                .toList();
    }

    List<String> logs(String name, int lines) {
        return processes.logTail(child(name).name, lines);
    }

    /** The supervisor ends: nobody is answered later. The children go on. */
    void leave() {
        Refusal refusal = new Refusal("SHUTTING_DOWN", "the supervisor ends; its agents go on");
        children.values().forEach(child -> child.refuseAll(refusal));
    }

    /** Looks at every child; often. */
    void tick() {
        long nowMs = clockMs.getAsLong();
        long awayMs = names.isKnown() ? 0 : nowMs - lastTickMs;
        lastTickMs = nowMs;
        for (Child child : new ArrayList<>(children.values())) {
            if (child.state == State.STARTING) {
                child.dueMs += awayMs;
            }
            look(child, nowMs);
            processes.boundLog(child.name, child.template.number(TemplateNumber.LOG_MAX_KB) << 10);
        }
        if (isChanged) {
            save();
        }
    }

    private void look(Child child, long nowMs) {
        switch (child.state) {
            case STARTING -> lookAtStart(child, nowMs);
            case READY -> {
                if (!processes.isAlive(child.process)) {
                    ended(child);
                } else if (nowMs - child.readyAtMs >= STEADY_MS) {
                    child.failures = 0;
                }
            }
            case STOPPING -> lookAtEnd(child, nowMs);
            case BACKING_OFF -> {
                if (nowMs >= child.dueMs) {
                    start(child);
                }
            }
            case ENDED, FAILED -> {}
        }
    }

    private void lookAtEnd(Child child, long nowMs) {
        if (!processes.isAlive(child.process)) {
            stopped(child);
        } else if (nowMs >= child.dueMs && !child.isKilled) {
            child.isKilled = true;
            processes.end(child.process, true);
        }
    }

    private void lookAtStart(Child child, long nowMs) {
        if (!processes.isAlive(child.process)) {
            ended(child);
        } else if (names.isKnown()
                && names.isConnected(child.name)
                && names.version(child.name) > child.versionAtStart) {
            child.state = State.READY;
            child.isNew = false;
            child.readyAtMs = nowMs;
            isChanged = true;
            child.awaitingReady.answer(child.row(nowMs, true));
        } else if (nowMs >= child.dueMs) {
            refuseReady(
                    child, "not connected within " + child.template.number(TemplateNumber.READY_TIMEOUT_MS) + " ms");
            stop(child, child.isNew ? Then.FORGET : Then.COUNT_A_FAILURE);
        }
    }

    private void start(Child child) {
        long nowMs = clockMs.getAsLong();
        child.state = State.STARTING;
        child.isKilled = false;
        child.versionAtStart = names.version(child.name);
        child.startedAtMs = nowMs;
        child.dueMs = nowMs + child.template.number(TemplateNumber.READY_TIMEOUT_MS);
        isChanged = true;
        try {
            child.process = processes.start(child.name, child.template, child.args);
        } catch (IOException | Refusal e) {
            child.process = Identity.NONE;
            child.lastExit = "not started: " + e.getMessage();
            fail(child);
        }
        save();
    }

    /** By itself. */
    private void ended(Child child) {
        child.lastExit = processes.exit(child.process);
        if (!child.isNew && !child.template.restart().isWantedAfter(!child.lastExit.equals("exit=0"))) {
            refuseReady(child, child.lastExit);
            child.state = State.ENDED;
            isChanged = true;
        } else {
            fail(child);
        }
    }

    private void fail(Child child) {
        refuseReady(child, child.lastExit);
        isChanged = true;
        if (child.isNew) {
            forget(child);
        } else if (child.template.restart() == Restart.NEVER) {
            child.state = State.ENDED;
        } else if (child.failures >= child.template.number(TemplateNumber.MAX_RESTARTS)) {
            child.state = State.FAILED;
        } else {
            child.dueMs = clockMs.getAsLong() + child.backoffMs(jitter.getAsDouble());
            child.failures++;
            child.restarts++;
            child.state = State.BACKING_OFF;
        }
    }

    private void stop(Child child, Then then) {
        child.then = then;
        if (child.state != State.STOPPING) {
            child.dueMs = clockMs.getAsLong() + child.template.number(TemplateNumber.STOP_GRACE_MS);
            processes.end(child.process, false);
        }
        child.state = State.STOPPING;
        isChanged = true;
    }

    private void stopped(Child child) {
        child.lastExit = processes.exit(child.process);
        isChanged = true;
        switch (child.then) {
            case FORGET -> forget(child);
            case START -> start(child);
            case COUNT_A_FAILURE -> fail(child);
        }
    }

    private void forget(Child child) {
        children.remove(child.name);
        isChanged = true;
        refuseReady(child, "released");
        child.awaitingEnd.answer(Map.of("name", child.name, "last_exit", child.lastExit));
    }

    private void refuseReady(Child child, String why) {
        if (!child.awaitingReady.isEmpty()) {
            child.refuseReady(why, processes.logTail(child.name, TAIL_LINES));
        }
    }

    private Child child(String name) {
        Child child = children.get(name);
        if (child == null) {
            throw new Refusal("NOT_FOUND", "not started by this supervisor: name=" + name);
        }
        return child;
    }

    private void save() {
        isChanged = false;
        store.accept(children.values().stream().map(Child::saved).toList());
    }
}
