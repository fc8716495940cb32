package dev.relay.cli.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.HandlerOptions;
import dev.relay.client.Relay;
import dev.relay.client.RelayRefused;
import dev.relay.client.SendHandle;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Slow, stopped and many recipients, in small; asserts behaviour, never time. The figures come from {@code relay torture load}. */
class LoadIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    private RelayDaemon daemon() {
        return RelayDaemon.start(DaemonConfig.of(dir.resolve("relay.sock"), dir.resolve("data")));
    }

    private static Relay agent(RelayDaemon daemon, String name) {
        return Relay.builder(name).socket(daemon.socket()).handlerThreads(1).connect();
    }

    private static void await(AtomicInteger count, int wanted) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> count.get() >= wanted);
    }

    private static void confirmed(List<SendHandle> handles) {
        handles.forEach(handle -> handle.result(PATIENCE));
    }

    @Test
    void I18_I25_I26_shouldPauseTheSenderSpillAndKeepOrderForASlowConsumerAndServeOthers() throws Exception {
        ConcurrentLinkedQueue<Integer> slowGot = new ConcurrentLinkedQueue<>();
        AtomicInteger fastGot = new AtomicInteger();
        CountDownLatch gate = new CountDownLatch(1);
        try (RelayDaemon daemon = daemon();
                Relay slow = agent(daemon, "slow");
                Relay fast = agent(daemon, "fast");
                Relay sender = agent(daemon, "sender")) {
            slow.on("letter", message -> {
                gate.await();
                slowGot.add(message.as(Integer.class));
            });
            fast.on("letter", message -> fastGot.incrementAndGet());
            slow.start();
            fast.start();
            List<SendHandle> handles = new ArrayList<>();
            for (int i = 0; i < 4_000; i++) {
                handles.add(sender.send("slow", "letter", i));
                handles.add(sender.send("fast", "letter", i));
            }
            confirmed(handles);
            await(fastGot, 4_000);
            assertThat(slowGot).isEmpty();
            assertThat(sender.getMetrics().get("paused")).isPositive();
            gate.countDown();
            Awaitility.await().atMost(PATIENCE).until(() -> slowGot.size() >= 4_000);
            assertThat(slowGot)
                    .containsExactlyElementsOf(IntStream.range(0, 4_000).boxed().toList());
        }
    }

    @Test
    void I21_I25_shouldHoldTheMessagesOfAStoppedProcessAndDeliverThemInOrderWhenItGoesOn() {
        Plan plan = new Plan(dir.resolve("run"), Mode.STOP_CONT, 0, 1, 2, 5, Language.JAVA, false, false, 0, 0, 1_500);
        try (Cast cast = new Cast(plan);
                HistoryFile history = new HistoryFile(plan.dir().resolve("injector.jsonl"), "injector")) {
            history.write("fault", HistoryFile.field("what", "agent SIGSTOP r1"));
            cast.startAgents();
            cast.agent("r1").signal("STOP");
            long before = cast.confirmed();
            Awaitility.await().atMost(PATIENCE).until(() -> cast.confirmed() > before + 8_000);
            cast.agent("r1").signal("CONT");
            new Drain(cast, history).run();
        }
        assertThat(Checker.check(plan.dir()).get("violations")).isEqualTo(Map.of());
        assertThat(Checker.check(plan.dir()).get("why")).isEqualTo(List.of("nothing was redelivered"));
    }

    @Test
    void I26_shouldFailASendInsideAHandlerAtOnceWhenTwoAgentsFillEachOther() throws Exception {
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger handled = new AtomicInteger();
        try (RelayDaemon daemon = daemon();
                Relay a = Relay.builder("a")
                        .socket(daemon.socket())
                        .outbox(50, 1 << 20)
                        .connect();
                Relay b = Relay.builder("b")
                        .socket(daemon.socket())
                        .outbox(50, 1 << 20)
                        .connect()) {
            flood(a, "b", handled, refused);
            flood(b, "a", handled, refused);
            a.start();
            b.start();
            List<SendHandle> handles = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                handles.add(a.send("b", "letter", i));
                handles.add(b.send("a", "letter", i));
            }
            confirmed(handles);
            await(handled, 400);
            assertThat(refused).hasPositiveValue();
        }
    }

    /** Each letter makes its handler send more than the outbox holds; what does not fit is refused there and then. */
    private static void flood(Relay relay, String other, AtomicInteger handled, AtomicInteger refused) {
        relay.on("letter", message -> {
            for (int i = 0; i < 60; i++) {
                try {
                    var unused = relay.send(other, "echo", i);
                } catch (RelayRefused e) {
                    assertThat(e.code()).isEqualTo("OUTBOX_FULL");
                    refused.incrementAndGet();
                }
            }
            handled.incrementAndGet();
        });
        relay.on("echo", message -> {});
    }

    @Test
    void I25_I28_shouldServeAsBeforeAfterAFloodWithoutTrafficOfItsOwn() throws Exception {
        AtomicInteger handled = new AtomicInteger();
        List<Relay> flooders = new ArrayList<>();
        List<SendHandle> handles = new ArrayList<>();
        try (RelayDaemon daemon = daemon();
                Relay taker = agent(daemon, "taker")) {
            taker.on("letter", message -> handled.incrementAndGet());
            taker.onRequest("ask", message -> message.bytes());
            taker.start();
            for (int i = 0; i < 3; i++) {
                flooders.add(agent(daemon, "flooder-" + i));
            }
            for (int i = 0; i < 24_000; i++) {
                handles.add(flooders.get(i % 3).send("taker", "letter", i));
            }
            confirmed(handles);
            await(handled, 24_000);
            assertThat(flooders.get(0)
                            .request("taker", "ask", "still there?", PATIENCE)
                            .as(String.class))
                    .isEqualTo("still there?");
            assertThat(flooders.stream().mapToLong(f -> f.getMetrics().get("resent")))
                    .containsOnly(0L);
            assertThat(taker.getMetrics().get("redelivered")).isZero();
            assertThat(handled).hasValue(24_000);
        } finally {
            flooders.forEach(Relay::close);
        }
    }

    @Test
    void I18_I37_shouldNotLetOneSlowSubscriberOfManyHoldTheOthers() throws Exception {
        int subscribers = 60;
        int publications = 300;
        AtomicInteger fastGot = new AtomicInteger();
        AtomicInteger slowGot = new AtomicInteger();
        CountDownLatch gate = new CountDownLatch(1);
        List<Relay> agents = new ArrayList<>();
        try (RelayDaemon daemon = daemon();
                Relay publisher = agent(daemon, "publisher")) {
            for (int i = 0; i < subscribers; i++) {
                Relay agent = agent(daemon, "sub-" + i);
                agents.add(agent);
                boolean isSlow = i == 0;
                agent.on("tick", HandlerOptions.ANY, message -> {
                    if (isSlow) {
                        gate.await();
                    }
                    (isSlow ? slowGot : fastGot).incrementAndGet();
                });
                agent.subscribe("prices.>", true);
                agent.start();
            }
            List<SendHandle> handles = new ArrayList<>();
            for (int i = 0; i < publications; i++) {
                handles.add(publisher.publish("prices.btc", "tick", i));
            }
            await(fastGot, (subscribers - 1) * publications);
            assertThat(slowGot).hasValue(0);
            gate.countDown();
            await(slowGot, publications);
            confirmed(handles);
            assertThat(handles.get(0).result(PATIENCE).durableMatches()).isEqualTo(subscribers);
        } finally {
            agents.forEach(agent -> agent.close(Duration.ofSeconds(1)));
        }
    }

    @Test
    void I19_I22_shouldHaveEveryAgentOfASwarmBackAfterTheDaemonWasKilled() {
        try (LoadBed bed = new LoadBed(dir)) {
            bed.swarm("idle", 200);
            assertThat(LoadBed.within(60_000, () -> bed.told("open") == 200)).isNotNegative();
            long before = bed.told("connects");
            bed.crashDaemon();
            assertThat(LoadBed.within(60_000, () -> bed.told("open") == 200 && bed.told("connects") >= before + 200))
                    .isNotNegative();
            try (Relay observer = Relay.builder("observer").socket(bed.socket()).connect()) {
                assertThat(everybody(observer)).isEqualTo(201);
            }
        }
    }

    /** Over all pages: one answer is at most 64 KiB. */
    private static int everybody(Relay observer) {
        int count = 0;
        String last = "";
        boolean more = true;
        while (more) {
            Map<String, ?> page = observer.control("agents", Map.of("after", last));
            for (Object row : (List<?>) Objects.requireNonNull(page.get("agents"))) {
                count++;
                last = "default/" + ((Map<?, ?>) row).get("name");
            }
            more = Boolean.TRUE.equals(page.get("more"));
        }
        return count;
    }
}
