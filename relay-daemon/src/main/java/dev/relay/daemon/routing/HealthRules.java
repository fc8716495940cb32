package dev.relay.daemon.routing;

import dev.relay.daemon.routing.BusSnapshot.StoreState;
import dev.relay.protocol.HealthScore;
import dev.relay.protocol.HealthScore.Deduction;
import dev.relay.protocol.OpenFiles;
import java.util.ArrayList;
import java.util.List;

/** What lowers the health of the daemon: a rule is one line here; the operations guide lists the same. */
public final class HealthRules {
    private static final long SLOW_BATCH_MS = 700;
    private static final int NAMED = 4;

    /** Every deduction there can be. */
    public static final List<String> NAMES = List.of(
            "store_failed",
            "core_stuck",
            "socket_gone",
            "storage_full",
            "store_retrying",
            "store_slow",
            "files_low",
            "agents_suspect",
            "agents_silent",
            "agents_lost",
            "spilled",
            "dead_letters");

    /** Judges the facts of one moment. */
    public static HealthScore judge(BusSnapshot facts) {
        List<Deduction> found = new ArrayList<>();
        deduct(found, facts.store() == StoreState.FAILED, "store_failed", 100, "the store stopped; restart the daemon");
        deduct(
                found,
                !facts.around().isSocketThere(),
                "socket_gone",
                60,
                "somebody removed or replaced the file of the socket, so nobody new can connect; restart the daemon");
        deduct(
                found,
                facts.store() == StoreState.FULL,
                "storage_full",
                60,
                "no room for new messages; free disk space");
        deduct(
                found,
                facts.store() == StoreState.RETRYING,
                "store_retrying",
                30,
                "the last commit failed and is repeated");
        deduct(
                found,
                facts.oldestBatchMs() > SLOW_BATCH_MS,
                "store_slow",
                20,
                "a commit is under way for " + facts.oldestBatchMs() + " ms");
        OpenFiles files = facts.around().files();
        deduct(found, files.areLow(), "files_low", 20, files + "; at the limit nobody can connect");
        deduct(found, facts.suspects() > 0, "agents_suspect", 10, facts.suspects() + " sessions are silent for 3 s");
        agents(found, "agents_silent", facts.silentAgents());
        agents(found, "agents_lost", facts.lostAgents());
        deduct(
                found,
                facts.spilledMessages() > 0,
                "spilled",
                10,
                facts.spilledMessages() + " messages wait in the store only");
        deduct(
                found,
                facts.deadLetters() > 0,
                "dead_letters",
                5,
                facts.deadLetters() + (facts.deadLetters() == 1 ? " dead letter" : " dead letters")
                        + "; see: relay dlq ls");
        return HealthScore.of(found);
    }

    /** When the core gives no facts at all. */
    public static HealthScore stuck() {
        return HealthScore.of(List.of(new Deduction("core_stuck", 100, "the core did not answer within 0.7 s")));
    }

    private static void agents(List<Deduction> found, String name, List<String> agents) {
        int more = agents.size() - NAMED;
        String named = String.join(", ", agents.subList(0, Math.min(NAMED, agents.size())));
        deduct(found, !agents.isEmpty(), name, 5, more > 0 ? named + " and " + more + " more" : named);
    }

    private static void deduct(List<Deduction> found, boolean holds, String name, int points, String detail) {
        if (holds) {
            found.add(new Deduction(name, points, detail));
        }
    }

    private HealthRules() {}
}
