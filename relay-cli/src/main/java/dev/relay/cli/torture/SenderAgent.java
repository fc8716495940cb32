package dev.relay.cli.torture;

import dev.relay.client.Receipt;
import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.client.RelayRefused;
import dev.relay.client.SendHandle;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A process that sends at a steady pace in small bursts until it is told to stop or killed, and writes down each call before it and each
 * outcome after it. Sends from its main thread only, so that the order of calls is the order of numbers; outcomes come on the client's
 * threads.
 */
public final class SenderAgent {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long PROGRESS_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Settings settings;
    private final HistoryFile history;
    private final Relay relay;
    private final List<String> targets;
    private final Random random;
    private final Map<String, Long> lastSeq = new HashMap<>();
    private final AtomicLong confirmed = new AtomicLong();
    private long nextProgressNs;

    private SenderAgent(Settings settings, HistoryFile history, Relay relay) {
        this.settings = settings;
        this.history = history;
        this.relay = relay;
        this.targets = List.of(settings.text("targets").split(",", -1));
        this.random = new Random(settings.number("seed"));
    }

    public static void main(String[] args) throws InterruptedException {
        Settings settings = Settings.of(args);
        try (HistoryFile history = new HistoryFile(settings.path("history"), settings.text("name"));
                Relay relay = Relay.builder(settings.text("name"))
                        .socket(settings.path("socket"))
                        .connectTimeout(PATIENCE)
                        .blockWhenFull(PATIENCE)
                        .connect()) {
            history.write("session_start", HistoryFile.field("session", settings.session()));
            SenderAgent agent = new SenderAgent(settings, history, relay);
            System.out.println("ready agent=" + settings.text("name"));
            agent.sendUntil(Orders.listen());
            int unresolved = relay.close(PATIENCE);
            history.write(
                    "session_end", HistoryFile.field("session", settings.session()) + ",\"unresolved\":" + unresolved);
            agent.progress();
        }
    }

    private void sendUntil(Orders orders) {
        int pace = settings.number("pace");
        int meanBurst = Math.max(1, pace / 200);
        long dueNs = System.nanoTime();
        int turn = 0;
        while (!orders.isStopped()) {
            int burst = 1 + random.nextInt(2 * meanBurst);
            for (int i = 0; i < burst; i++) {
                send(targets.get(turn++ % targets.size()));
            }
            dueNs = Math.max(dueNs, System.nanoTime() - TimeUnit.SECONDS.toNanos(1))
                    + burst * TimeUnit.SECONDS.toNanos(1) / pace;
            LockSupport.parkNanos(dueNs - System.nanoTime());
            if (System.nanoTime() > nextProgressNs) {
                nextProgressNs = System.nanoTime() + PROGRESS_NS;
                progress();
            }
        }
    }

    private void send(String target) {
        long seq = lastSeq.merge(target, 1L, Long::sum);
        String name = settings.text("name");
        Letter letter = Letter.write(name, target, settings.number("life"), seq, settings.number("bytes"));
        history.write("send_invoke", letter.fields(name));
        try {
            SendHandle handle = letter.isPublication()
                    ? relay.publish(letter.topic(), "letter", letter.payload())
                    : relay.send(target, "letter", letter.payload());
            var unused = handle.whenComplete((receipt, error) -> outcome(letter, receipt, error));
        } catch (RelayException e) {
            outcome(letter, null, e);
        }
    }

    private void outcome(Letter letter, @Nullable Receipt receipt, @Nullable Throwable error) {
        String id = HistoryFile.field("id", letter.id());
        if (receipt != null) {
            confirmed.incrementAndGet();
            history.write(
                    "send_ok", id + HistoryFile.field("by", receipt.by().name().toLowerCase(Locale.ROOT)));
        } else {
            String code = error instanceof RelayException e ? e.code() : String.valueOf(error);
            history.write(
                    "send_fail",
                    id + ",\"definite\":" + (error instanceof RelayRefused) + HistoryFile.field("code", code));
        }
    }

    private void progress() {
        System.out.println("{\"confirmed\":" + confirmed.get() + "}");
    }
}
