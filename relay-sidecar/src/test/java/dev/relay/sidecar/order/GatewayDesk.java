package dev.relay.sidecar.order;

import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.Link;
import dev.relay.sidecar.net.LinkListener;
import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.RestResponse;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A gateway on its own: answers and messages by script, and two clocks that move when the test says so. */
abstract class GatewayDesk implements OrderClock {
    static final String ID = "00112233445566778899aabbccddeeff";

    final Deque<Object> answers = new ArrayDeque<>();
    final List<String> asked = new ArrayList<>();
    final List<String> said = new ArrayList<>();
    final List<String> told = new ArrayList<>();
    final List<Long> closedUntil = new ArrayList<>();
    final List<VenueAnswer> got = new ArrayList<>();
    final List<OrderReport> reports = new ArrayList<>();
    int connections;
    long nowMs = 1_700_000_000_000L;
    long wallJumpMs;
    private final OrderVenue config;
    private final Instrument instrument;
    private @Nullable LinkListener socket;
    VenueOrders venue;

    GatewayDesk(OrderVenue config, Instrument instrument) {
        this.config = config;
        this.instrument = instrument;
        this.venue = process(0);
    }

    /** A process of the sidecar that finds this closing time in its journal. */
    final VenueOrders process(long closedUntilMs) {
        return config.open(new OrderVenue.Access(
                List.of(instrument),
                this,
                Runnable::run,
                (uri, limits, listener) -> {
                    connections++;
                    socket = listener;
                    return link();
                },
                (base, timeoutMs) -> rest(),
                closedUntilMs,
                closedUntil::add,
                0,
                1));
    }

    @Override
    public long monotonicMs() {
        return nowMs;
    }

    @Override
    public long wallMs() {
        return nowMs + wallJumpMs;
    }

    void pass(long ms) {
        for (long endMs = nowMs + ms; nowMs < endMs; nowMs += 100) {
            venue.tick(nowMs);
        }
    }

    private Link link() {
        return new Link() {
            @Override
            public boolean send(String text) {
                return said.add(text);
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void close() {}

            @Override
            public long lastReadAtMs() {
                return nowMs;
            }
        };
    }

    private RestCalls rest() {
        return new RestCalls() {
            @Override
            public CompletableFuture<RestResponse> get(String pathAndQuery) {
                return send("GET", pathAndQuery, Map.of(), null);
            }

            @Override
            public CompletableFuture<RestResponse> send(
                    String method, String pathAndQuery, Map<String, String> headers, @Nullable String body) {
                asked.add(method + " " + pathAndQuery + (body == null ? "" : " " + body));
                Object answer = answers.remove();
                if (answer instanceof CompletableFuture<?> later) {
                    return later.thenApply(RestResponse.class::cast);
                }
                return answer instanceof Exception failure
                        ? CompletableFuture.failedFuture(failure)
                        : CompletableFuture.completedFuture((RestResponse) answer);
            }

            @Override
            public void close() {}
        };
    }

    VenueListener listener() {
        return new VenueListener() {
            @Override
            public void onConnected() {
                told.add("connected");
            }

            @Override
            public void onDisconnected(String reason) {
                told.add("disconnected");
            }

            @Override
            public void onReport(OrderReport report) {
                reports.add(report);
                Fill fill = report.fill();
                told.add(report.state() + (fill == null ? "" : " " + fill.tradeId() + " " + fill.quantity()));
            }

            @Override
            public void onBalances(List<Balance> balances) {
                told.add("balances");
            }

            @Override
            public void onTransfer(String asset, BigDecimal amount) {
                told.add("transfer");
            }
        };
    }

    /** An empty text opens the connection. */
    void hear(String text) {
        LinkListener open = Objects.requireNonNull(socket);
        if (text.isEmpty()) {
            open.onOpen(link());
        } else {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            open.onText(bytes, bytes.length);
        }
    }

    void answer(int status, String body, String... headers) {
        Map<String, List<String>> all = new HashMap<>();
        for (int i = 0; i + 1 < headers.length; i += 2) {
            all.put(headers[i], List.of(headers[i + 1]));
        }
        answers.add(new RestResponse(status, all, body.getBytes(StandardCharsets.UTF_8)));
    }

    void lose(CloseReason reason) {
        Objects.requireNonNull(socket).onClosed(reason);
    }

    OrderView order(OrderType type, @Nullable TimeInForce tif) {
        OrderTerms terms = new OrderTerms(
                Side.BUY, type, type == OrderType.MARKET ? null : new BigDecimal("50000"), BigDecimal.ONE, tif);
        OrderTracker tracker = new OrderTracker("paper", List.of(instrument));
        return tracker.place(ID, "alice", instrument.symbol(), terms, 1).order();
    }

    OrderView withVenueId(String venueOrderId) {
        Map<String, String> fields =
                new HashMap<>(order(OrderType.LIMIT, TimeInForce.GTC).toFields());
        fields.put("venue_order_id", venueOrderId);
        return OrderView.fromFields(fields);
    }

    VenueAnswer place() {
        venue.place(order(OrderType.LIMIT, TimeInForce.GTC), instrument, got::add);
        return got.get(got.size() - 1);
    }
}
