package dev.relay.cli.torture;

import dev.relay.cli.Folder;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One round from an empty store to a verdict. Everything it leaves is in its directory: histories, configuration, logs, the store. */
final class Round {
    private static final long MESSAGES_MS = 120_000;
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Plan plan;
    private List<Long> readyMs = List.of();

    Round(Plan plan) {
        this.plan = plan;
    }

    /** The checker's verdict, with the seed and the times of the daemon's starts. */
    Map<String, @Nullable Object> run() {
        Map<String, @Nullable Object> verdict;
        try {
            play();
            verdict = new LinkedHashMap<>(Checker.check(plan.dir()));
        } catch (RuntimeException e) {
            verdict = Checker.failed(plan.dir(), String.valueOf(e));
        }
        verdict.put("seed", plan.seed());
        verdict.put("ready_ms", readyMs);
        return verdict;
    }

    private void play() {
        try (Cast cast = new Cast(plan);
                HistoryFile history = new HistoryFile(plan.dir().resolve("injector.jsonl"), "injector")) {
            Files.writeString(plan.dir().resolve("config.json"), Json.write(plan.json(Home.commit())));
            cast.startAgents();
            Faults faults = new Faults(plan, cast, history);
            readyMs = faults.readyMs();
            for (int i = 0; i < plan.cycles(); i++) {
                faults.next();
            }
            awaitMessages(cast);
            new Drain(cast, history).run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitMessages(Cast cast) {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MESSAGES_MS);
        while (cast.confirmed() < plan.messages() && System.nanoTime() < endNs) {
            LockSupport.parkNanos(POLL_NS);
        }
    }

    /** Removes what a right round leaves. */
    void forget() {
        Folder.delete(plan.dir());
    }
}
