package dev.relay.sidecar.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.relay.protocol.HealthScore;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * {@code /metrics}, {@code /livez}, {@code /readyz}, {@code /health} on loopback, and by POST with the token what the parts
 * offer, for example {@code /kill}. Two threads, so that an act does not wait behind a scrape; they read snapshots and never
 * wait for another thread longer than a second. Unknown paths 404, other methods 405.
 */
public final class AdminHttp implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BACKLOG = 16;
    private static final long ACT_MS = 1_000;

    private final HttpServer server;
    private final ExecutorService threads;

    private AdminHttp(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /** Binds 127.0.0.1; port 0 picks a free one. {@code reads} are by GET, with the token too. */
    public static AdminHttp start(
            int port,
            SidecarView view,
            PrometheusMeterRegistry registry,
            AdminGuard guard,
            Map<String, AdminAct> acts,
            Map<String, AdminRead> reads)
            throws IOException {
        HttpServer server = HttpServer.create(
                new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), BACKLOG);
        ExecutorService threads = Executors.newFixedThreadPool(2, AdminHttp::thread);
        server.setExecutor(threads);
        pages(server, view, registry);
        acts.forEach((path, act) -> answer(server, path, "POST", guard, query -> act.run()));
        reads.forEach((path, read) -> answer(server, path, "GET", guard, read));
        server.start();
        return new AdminHttp(server, threads);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "sidecar-admin");
        thread.setDaemon(true);
        return thread;
    }

    private static void pages(HttpServer server, SidecarView view, PrometheusMeterRegistry registry) {
        SidecarMeters meters = new SidecarMeters(registry, view);
        route(server, "/metrics", "text/plain; version=0.0.4; charset=utf-8", () -> {
            synchronized (meters) {
                meters.refresh();
                return new Answer(200, registry.scrape());
            }
        });
        route(server, "/livez", "text/plain", () -> live(view));
        route(server, "/readyz", "text/plain", () -> ready(view));
        route(server, "/health", "application/json", verbose -> {
            HealthScore health = view.health();
            return new Answer(200, json(verbose ? health.asVerboseJson(SidecarView.NAMES) : health.asJson()));
        });
    }

    private static Answer live(SidecarView view) {
        return view.isLive() ? new Answer(200, "live\n") : new Answer(503, "not live: a feed does not move\n");
    }

    private static Answer ready(SidecarView view) {
        List<String> missing = view.notReady();
        return missing.isEmpty()
                ? new Answer(200, "ready\n")
                : new Answer(503, "not ready: " + String.join(" ", missing) + "\n");
    }

    private static String json(Object health) {
        try {
            return JSON.writeValueAsString(health);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void route(HttpServer server, String path, String type, Supplier<Answer> handler) {
        route(server, path, type, verbose -> handler.get());
    }

    private static void route(HttpServer server, String path, String type, Function<Boolean, Answer> handler) {
        server.createContext(path, exchange -> {
            try (exchange) {
                Answer answer = !exchange.getRequestURI().getPath().equals(path)
                        ? new Answer(404, "not found\n")
                        : !"GET".equals(exchange.getRequestMethod())
                                ? new Answer(405, "GET only\n")
                                : handler.apply(isVerbose(exchange));
                respond(exchange, type, answer);
            }
        });
    }

    private static boolean isVerbose(HttpExchange exchange) {
        return String.valueOf(exchange.getRequestURI().getQuery()).startsWith("verbose");
    }

    private static void answer(HttpServer server, String path, String method, AdminGuard guard, AdminRead read) {
        server.createContext(path, exchange -> {
            try (exchange) {
                AdminGuard.Refusal refusal = !exchange.getRequestURI().getPath().equals(path)
                        ? new AdminGuard.Refusal(404, "not found\n")
                        : guard.refusal(method, exchange.getRequestMethod(), exchange.getRequestHeaders());
                Answer answer = refusal != null
                        ? new Answer(refusal.status(), refusal.words())
                        : done(read.read(query(exchange)));
                respond(exchange, refusal != null ? "text/plain" : "application/json", answer);
            }
        });
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String text = exchange.getRequestURI().getQuery();
        for (String part : text == null ? new String[0] : text.split("&", -1)) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                query.putIfAbsent(part.substring(0, equals), part.substring(equals + 1));
            }
        }
        return query;
    }

    private static Answer done(CompletableFuture<Map<String, Object>> act) throws IOException {
        try {
            return new Answer(200, JSON.writeValueAsString(act.get(ACT_MS, TimeUnit.MILLISECONDS)) + "\n");
        } catch (TimeoutException | ExecutionException e) {
            return new Answer(202, "{\"ok\":true,\"result\":\"begun\",\"confirmed\":false}\n");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(503, "{\"ok\":false,\"result\":\"closing\"}\n");
        }
    }

    private static void respond(HttpExchange exchange, String type, Answer answer) throws IOException {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(answer.status(), body.length);
        exchange.getResponseBody().write(body);
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private record Answer(int status, String body) {}
}
