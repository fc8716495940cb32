package dev.relay.sidecar.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * {@code /metrics}, {@code /livez}, {@code /readyz}, {@code /health} on loopback. Own thread; reads snapshots and never
 * waits for another thread longer than a second. Unknown paths 404, other methods than GET 405.
 */
public final class AdminHttp implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BACKLOG = 16;

    private final HttpServer server;
    private final ExecutorService threads;

    private AdminHttp(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /** Binds 127.0.0.1; port 0 picks a free one. */
    public static AdminHttp start(int port, SidecarView view, PrometheusMeterRegistry registry) throws IOException {
        SidecarMeters meters = new SidecarMeters(registry, view);
        HttpServer server = HttpServer.create(
                new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), BACKLOG);
        ExecutorService threads = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "sidecar-admin");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        route(server, "/metrics", "text/plain; version=0.0.4; charset=utf-8", () -> {
            meters.refresh();
            return new Answer(200, registry.scrape());
        });
        route(server, "/livez", "text/plain", () -> yesNo(view.isLive()));
        route(server, "/readyz", "text/plain", () -> yesNo(view.isReady()));
        route(server, "/health", "application/json", () -> new Answer(200, json(view.health())));
        server.start();
        return new AdminHttp(server, threads);
    }

    private static Answer yesNo(boolean holds) {
        return holds ? new Answer(200, "ok\n") : new Answer(503, "not ok, see /health\n");
    }

    private static String json(Health health) {
        try {
            return JSON.writeValueAsString(health);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void route(HttpServer server, String path, String type, Supplier<Answer> handler) {
        server.createContext(path, exchange -> {
            try (exchange) {
                Answer answer = !exchange.getRequestURI().getPath().equals(path)
                        ? new Answer(404, "not found\n")
                        : !"GET".equals(exchange.getRequestMethod()) ? new Answer(405, "GET only\n") : handler.get();
                respond(exchange, type, answer);
            }
        });
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
