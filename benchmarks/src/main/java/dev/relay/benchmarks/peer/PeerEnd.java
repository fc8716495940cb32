package dev.relay.benchmarks.peer;

import dev.relay.protocol.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * One end of a measurement of another system. Arguments are key=value: {@code peer} and {@code address}; {@code role=to} serves until
 * SIGTERM; {@code role=from} warms up for {@code warm_up_ms}, says so by a JSON line, measures for {@code ms} and prints the figures as
 * another.
 */
public final class PeerEnd {
    private PeerEnd() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> settings = new HashMap<>();
        for (String arg : args) {
            int equals = arg.indexOf('=');
            settings.put(arg.substring(0, equals), arg.substring(equals + 1));
        }
        String address = settings.getOrDefault("address", "");
        int window = Integer.parseInt(settings.getOrDefault("window", "2000"));
        try (Peer peer = connect(settings.getOrDefault("peer", ""), address, window)) {
            if (settings.getOrDefault("role", "to").equals("to")) {
                serve(peer);
            } else {
                measure(peer, window, settings);
            }
        }
    }

    private static Peer connect(String name, String address, int window) throws Exception {
        return switch (name) {
            case "nats-core" -> new NatsCore(address, window);
            case "nats-jetstream" -> new JetStreamPeer(address);
            case "redis-streams" -> new RedisStreams(address, window);
            case "rabbitmq" -> new RabbitMq(address, window);
            default -> throw new IllegalArgumentException("peer=" + name);
        };
    }

    private static void serve(Peer peer) throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown));
        peer.serve();
        System.out.println("ready peer");
        ended.await();
    }

    private static void measure(Peer peer, int window, Map<String, String> settings) throws Exception {
        System.out.println("ready peer");
        byte[] payload = new byte[Integer.parseInt(settings.getOrDefault("bytes", "256"))];
        PeerLoad load = new PeerLoad(peer, settings.getOrDefault("mode", "request"), payload, window);
        load.run(Long.parseLong(settings.getOrDefault("warm_up_ms", "1000")));
        System.out.println("{\"measuring\":true}");
        System.out.println(Json.write(load.run(Long.parseLong(settings.getOrDefault("ms", "1000")))));
    }
}
