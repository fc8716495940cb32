package dev.relay.cli.bench;

import dev.relay.client.HandlerOptions;
import dev.relay.client.Message;
import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.protocol.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * One end of a measurement, a process of its own. Arguments are key=value: {@code socket}, {@code name}, {@code clients} (that many agents, NAME-0 and on, when above 0) and
 * {@code topic} that they subscribe to, with {@code topics} more on which nothing is published. It answers {@code echo} with what it got, takes {@code load}, has {@link Trouble} when told so, and does on its main thread what a {@code run} request describes; the reply carries
 * the figures. The Python end in {@code bin/lib/bench_agent.py} answers the same requests.
 */
public final class BenchAgent {
    private final Map<String, String> settings;
    private final Arrivals arrivals = new Arrivals();
    private final Trouble trouble = new Trouble();
    private final LatestEnd latest = new LatestEnd();
    private final BlockingQueue<Message> runs = new LinkedBlockingQueue<>(16);

    private BenchAgent(Map<String, String> settings) {
        this.settings = settings;
    }

    /** Runs until SIGTERM. */
    public static void main(String[] args) throws InterruptedException {
        Map<String, String> settings = new HashMap<>();
        for (String arg : args) {
            int equals = arg.indexOf('=');
            settings.put(arg.substring(0, equals), arg.substring(equals + 1));
        }
        new BenchAgent(settings).run();
    }

    private void run() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown));
        String name = settings.getOrDefault("name", "bench-a");
        int clients = Integer.parseInt(settings.getOrDefault("clients", "0"));
        List<Relay> others = new ArrayList<>();
        try (Relay relay = connect(name)) {
            for (int i = 0; i < clients; i++) {
                others.add(connect(name + "-" + i));
            }
            System.out.println("ready agent=" + name);
            while (ended.getCount() > 0) {
                Message order = runs.take();
                order.respond(Json.write(figures(order, relay, others)));
            }
        } finally {
            others.forEach(Relay::close);
        }
    }

    /** What cannot be measured, as when a mailbox is full, is answered with its reason: who gave the order would wait for its whole time. */
    private static Map<String, Object> figures(Message order, Relay relay, List<Relay> others) {
        try {
            return Load.of(relay, others, Json.object(order.text())).run();
        } catch (RelayException e) {
            return Map.of("failed", String.valueOf(e.getMessage()));
        }
    }

    private Relay connect(String name) {
        Relay relay = Relay.builder(name)
                .socket(Path.of(settings.getOrDefault("socket", "")))
                .window(2_000)
                .connect();
        relay.onRequest("echo", Message::bytes);
        relay.on("load", message -> arrivals.add());
        relay.onRequest("arrivals", message -> Json.write(arrivals.take()));
        relay.on("trouble", trouble::handle);
        relay.onRequest("trouble.set", trouble::set);
        relay.onRequest("trouble.arrivals", message -> trouble.arrivals());
        relay.onRequest("latest.publish", message -> latest.publish(relay, message));
        relay.onRequest("latest.watch", message -> latest.watch(relay, message));
        relay.onRequest("latest.stall", latest::stall);
        relay.on("run", HandlerOptions.manual(), runs::add);
        @Nullable String topic = settings.get("topic");
        if (topic != null) {
            relay.subscribe(topic, true);
        }
        for (int i = 0; i < Integer.parseInt(settings.getOrDefault("topics", "0")); i++) {
            relay.subscribe("bench.other." + i, true);
        }
        relay.start();
        return relay;
    }
}
