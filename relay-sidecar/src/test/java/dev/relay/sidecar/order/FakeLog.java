package dev.relay.sidecar.order;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A journal in memory. While {@code isHeld}, commits wait for {@link #commitAll}. */
final class FakeLog implements OrderLog {
    final List<Transition> transitions = new ArrayList<>();
    final Map<String, Long> cursors = new HashMap<>();
    final Deque<Runnable> waiting = new ArrayDeque<>();
    final Map<String, String> facts = new HashMap<>();
    final List<String> refusals = new ArrayList<>();
    final List<Discrepancy> discrepancies = new ArrayList<>();
    boolean isHeld;
    boolean failsIntents;
    boolean isKilled;

    @Override
    public void append(Transition transition, Consumer<Commit> onCommit) {
        later(() -> {
            if (failsIntents && transition.isNew()) {
                onCommit.accept(Commit.FAILED);
                return;
            }
            transitions.add(transition);
            onCommit.accept(Commit.DONE);
        });
    }

    @Override
    public void saveCursor(String symbol, long tradeId) {
        cursors.put(symbol, tradeId);
    }

    @Override
    public void saveKilled(boolean killed, String reason, Runnable onCommit) {
        later(() -> {
            isKilled = killed;
            onCommit.run();
        });
    }

    @Override
    public void saveFact(String name, String value) {
        later(() -> facts.put(name, value));
    }

    @Override
    public void auditRefusal(String agent, String what) {
        later(() -> refusals.add(agent + " " + what));
    }

    @Override
    public void saveDiscrepancy(Discrepancy discrepancy) {
        later(() -> discrepancies.add(discrepancy));
    }

    private void later(Runnable commit) {
        waiting.add(commit);
        if (!isHeld) {
            commitAll();
        }
    }

    void commitAll() {
        for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
            next.run();
        }
    }

    @Override
    public boolean isFailing() {
        return false;
    }
}
