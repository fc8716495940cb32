package dev.relay.sidecar;

import dev.relay.client.HandlerOptions;
import dev.relay.client.Message;
import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.client.Span;
import dev.relay.protocol.HealthScore.Deduction;
import dev.relay.sidecar.admin.AdminAct;
import dev.relay.sidecar.admin.AdminRead;
import dev.relay.sidecar.admin.Patience;
import dev.relay.sidecar.order.OrderConfig;
import dev.relay.sidecar.order.OrderRequests;
import dev.relay.sidecar.order.OrderSide;
import dev.relay.sidecar.redis.RedisPublisher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Joins the order half to the bus: the agent {@code sidecar} answers order requests and publishes every transition. A request stays unacked until it has its
 * answer, so a sidecar that dies in between gets it again, flagged; the client order id keeps it from being placed twice. Handlers never wait: answers come
 * from the order thread.
 */
public final class OrderPart implements SidecarPart {
    /** The name that agents send order requests to. */
    public static final String AGENT = "sidecar";

    private static final String OPERATOR = "admin-http";
    private static final Duration PUBLISH_TIMEOUT = Duration.ofSeconds(5);
    private static final List<String> KINDS = List.of(
            OrderRequests.PLACE,
            OrderRequests.AMEND,
            OrderRequests.QUOTES,
            OrderRequests.CANCEL,
            OrderRequests.CANCEL_ALL,
            OrderRequests.STATUS,
            OrderRequests.KILL,
            OrderRequests.RELEASE,
            OrderRequests.LIMITS);

    private final Context context;
    private final OrderConfig config;
    private final Path busSocket;
    private final OrderTraces traces = new OrderTraces();

    private @Nullable Relay relay;
    private @Nullable OrderSide orders;

    private OrderPart(Context context, OrderConfig config, Path busSocket) {
        this.context = context;
        this.config = config;
        this.busSocket = busSocket;
    }

    public static Factory factory(OrderConfig config) {
        return context -> new OrderPart(
                context,
                config,
                Objects.requireNonNull(context.config().busSocket(), "orders need the bus: give its socket"));
    }

    @Override
    public String name() {
        return "orders";
    }

    @Override
    public void start() {
        Relay bus = Relay.builder(AGENT).socket(busSocket).connect();
        relay = bus;
        OrderSide side = OrderSide.start(
                config,
                (topic, kind, id, event) ->
                        traces.publish(bus, topic, kind, id, event).result(PUBLISH_TIMEOUT),
                () -> RedisPublisher.connect(context.address()),
                context.marks(),
                () -> context.redis().status().isFenced(),
                () -> context.onBroken().accept("the order thread met an unexpected error"));
        orders = side;
        OrderMeters meters = new OrderMeters(context.meters(), side, KINDS);
        KINDS.forEach(kind -> bus.on(kind, HandlerOptions.manual(), request -> answer(side, meters, request)));
        bus.start();
    }

    private void answer(OrderSide side, OrderMeters meters, Message request) {
        long startNs = System.nanoTime();
        byte[] id = OrderTraces.bytes(request);
        Map<String, Object> body = withoutNulls(request.json());
        Span span = traces.requested(request, id, body);
        boolean isForOperators = request.kind().equals(OrderRequests.LIMITS);
        Map<String, Object> health =
                isForOperators ? Map.of("health", context.health().get().asJson()) : Map.of();
        var unused = side.onRequest(request.kind(), request.sender(), id, body).thenAccept(answer -> {
            long tookNs = System.nanoTime() - startNs;
            meters.answered(request, tookNs, answer);
            traces.answered(request, answer, tookNs, span);
            settle(request, health.isEmpty() ? answer : joined(answer, health));
        });
    }

    private static Map<String, Object> joined(Map<String, Object> answer, Map<String, Object> more) {
        Map<String, Object> all = new LinkedHashMap<>(answer);
        all.putAll(more);
        return all;
    }

    /** Who only sent hears of the order on its topic; without the ack the sender's next requests would wait for ever. */
    private static void settle(Message request, Map<String, Object> answer) {
        if (request.isRequest()) {
            request.respond(answer);
        } else {
            request.ack();
        }
    }

    private static Map<String, Object> withoutNulls(Map<String, @Nullable Object> json) {
        Map<String, Object> body = new LinkedHashMap<>();
        json.forEach((key, value) -> {
            if (value != null) {
                body.put(key, value);
            }
        });
        return body;
    }

    /** The kill switch, for when the bus is dead. */
    @Override
    public Map<String, AdminAct> acts() {
        return Map.of(
                "/kill", () -> withSide(side -> side.kill(OPERATOR)),
                "/release", () -> withSide(side -> side.release(OPERATOR)));
    }

    @Override
    public Map<String, AdminRead> reads() {
        return Map.of(
                "/trading/limits",
                query -> withSide(side -> side.onRequest(OrderRequests.LIMITS, OPERATOR, new byte[16], Map.of())));
    }

    @Override
    public String account() {
        return config.account();
    }

    private CompletableFuture<Map<String, Object>> withSide(
            Function<OrderSide, CompletableFuture<Map<String, Object>>> act) {
        OrderSide side = orders;
        return side == null
                ? CompletableFuture.completedFuture(Map.of("ok", false, "result", "not started"))
                : act.apply(side);
    }

    @Override
    public List<Deduction> deductions(Patience bounds) {
        List<Deduction> found = new ArrayList<>();
        OrderSide side = orders;
        if (side == null || !side.isLive()) {
            found.add(new Deduction("orders_not_live", 30, "the venue has not confirmed the order state yet"));
        }
        if (side != null && side.isKilled()) {
            found.add(new Deduction("killed", 50, "the kill switch is on"));
        }
        if (side != null && side.isJournalFailing()) {
            found.add(new Deduction("journal_failing", 60, "the journal cannot commit; no new order is written"));
        }
        if (side != null && side.isCrashed()) {
            found.add(new Deduction("order_loop_crashed", 100, "the order thread has stopped; restart"));
        }
        if (side != null && side.isKeyRefused()) {
            found.add(new Deduction("venue_key_refused", 50, "the venue refuses the key; it is asked once a minute"));
        }
        Relay bus = relay;
        if (bus != null) {
            busDeductions(bounds, bus, found);
        }
        return found;
    }

    private void busDeductions(Patience bounds, Relay bus, List<Deduction> found) {
        long silentMs = bus.getMetrics().getOrDefault("silence_ms", 0L);
        if (!bus.isConnected()) {
            found.add(new Deduction("bus_disconnected", 30, "socket=" + busSocket));
        } else if (silentMs >= bounds.busMs()) {
            found.add(new Deduction("bus_silent", 30, "the daemon says nothing for " + silentMs + " ms"));
        }
    }

    @Override
    public void close() {
        try {
            if (orders != null) {
                orders.close();
            }
        } finally {
            closeBus();
        }
    }

    private void closeBus() {
        try {
            if (relay != null) {
                relay.close();
            }
        } catch (RelayException e) {
            throw new IllegalStateException("the bus connection did not close cleanly", e);
        }
    }
}
