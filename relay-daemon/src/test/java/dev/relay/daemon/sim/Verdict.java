package dev.relay.daemon.sim;

import dev.relay.daemon.sim.Call.Fate;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.Limits;
import java.util.HashMap;
import java.util.Map;

/** What can be said about a history only when everything has come to rest. */
final class Verdict {
    private final History history;
    private final SimDisk disk;
    /** Dead letters by message and recipient. */
    private final Map<String, SimDeadLetters.Dead> dead = new HashMap<>();

    Verdict(History history) {
        this.history = history;
        this.disk = history.disk;
    }

    void check() {
        disk.deadLetters.buried.forEach(this::checkDeadLetter);
        history.calls.forEach(this::checkFate);
        for (History.Debt debt : history.debts) {
            if (!debt.effect().isRefused
                    && !debt.effect().isExcused
                    && !history.refusedIds.contains(debt.effect().idLsb)) {
                history.violation(
                        "R7c told done before its effect was safe told=" + debt.told() + " effect=" + debt.effect());
            }
        }
        disk.checkOneCut(history::isDone);
        history.violations.addAll(disk.violations);
    }

    private void checkDeadLetter(SimDeadLetters.Dead d) {
        var row = d.row();
        if (d.uid() < 1 || d.uid() > history.calls.size()) {
            history.violation("I17 dead letter without its payload no=" + row.no());
            return;
        }
        if (!disk.deadLetters.isRevived(d)) {
            dead.put(d.uid() + "@" + row.target(), d);
        }
        Call c = history.calls.get((int) d.uid() - 1);
        Fate fate = c.fate(row.target());
        DeadLetterReason reason = DeadLetterReason.byNumber(row.reason());
        if (c.isRefused && !c.isNamed()) {
            history.violation("I2 refused and dead " + c);
        }
        if (reason == DeadLetterReason.MAX_ATTEMPTS && fate.redrives == 0) {
            long sinceMs = (d.atNs() - fate.firstFailureNs) / 1_000_000;
            if (fate.failures == 0 || (row.attempts() <= Limits.RETRIES && sinceMs < Limits.RETRY_BUDGET_MS)) {
                history.violation(
                        "I15 given up too early attempts=" + row.attempts() + " sinceMs=" + sinceMs + " " + c);
            }
        } else if (reason == DeadLetterReason.POISON_CRASH && fate.deaths < 6) {
            history.violation("I16 called poison without cause deaths=" + fate.deaths + " " + c);
        } else if (reason == DeadLetterReason.EXPIRED
                && !history.isClockStepped(c.atNs)
                && (d.atNs() - c.atNs) / 1_000_000 < c.ttlMs - 10) {
            history.violation(
                    "I32 expired too early afterMs=" + (d.atNs() - c.atNs) / 1_000_000 + " ttlMs=" + c.ttlMs + " " + c);
        }
    }

    private void checkFate(Call c) {
        if (c.by == 0 && !c.isRefused && !c.isUnknown) {
            history.violation("no outcome " + c);
        }
        if (c.by == 0 || c.isExpress() || c.isExcused) {
            return;
        }
        for (String recipient : c.expected) {
            if (!c.first.isFinishedBy(recipient) && !dead.containsKey(c.first.uid + "@" + recipient)) {
                history.violation("I1 lost recipient=" + recipient + " " + c);
            }
        }
        if (c.isGroup()) {
            owners(c);
        }
        for (Map.Entry<String, Fate> each : c.fates.entrySet()) {
            each.getValue().finished.forEach(run -> checkEffects(c, run));
        }
    }

    private void owners(Call c) {
        history.owners.check(c, c.expected.stream().anyMatch(partition -> dead.containsKey(c.uid + "@" + partition)));
    }

    /** R7 in the end: something that ok depends on has its own fate. */
    private void checkEffects(Call c, Call.Run run) {
        if (c.isFinishedBy(run.recipient) && c.fate(run.recipient).finished.size() == 1) {
            for (Call effect : run.effects) {
                boolean hasFate = effect.isRefused
                        || effect.isExpress()
                        || effect.isExcused
                        || effect.expected.stream()
                                .allMatch(r -> effect.isFinishedBy(r) || dead.containsKey(effect.uid + "@" + r));
                if (!hasFate && !effect.isUnknown) {
                    history.violation("R7 effect lost of=" + c + " effect=" + effect);
                }
            }
        }
    }
}
