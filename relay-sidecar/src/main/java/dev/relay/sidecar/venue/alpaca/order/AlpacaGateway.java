package dev.relay.sidecar.venue.alpaca.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.net.JsonSocket;
import dev.relay.sidecar.net.WsConfig;
import dev.relay.sidecar.order.Decimals;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderReport.Source;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderVenue.Access;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.TimeInForce;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueListener;
import dev.relay.sidecar.order.VenueOrders;
import dev.relay.sidecar.venue.alpaca.order.AlpacaRest.Call;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Alpaca's order side: orders by REST, what becomes of them by the trade updates.
 *
 * <p>The stream repeats nothing after a reconnect, so each connection ends in {@link VenueListener#onConnected} and the reconciliation asks for open orders, fills,
 * cash and positions; the same at every period, which is the position sync. Requests carry no time of theirs: a place without an answer may be accepted for
 * {@link #ACCEPT_MS} more. A replace is a new order with a new id; the old one ends.
 *
 * <p>Owned by the thread "orders". Bounded: unanswered requests by {@link AlpacaRest}, pages of fills by {@link #MOST_PAGES}.
 */
final class AlpacaGateway implements VenueOrders, JsonSocket.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(AlpacaGateway.class);
    private static final String TRADE_UPDATES = "trade_updates";
    private static final long ACCEPT_MS = 20_000;
    /** Fills of one moment may be told apart in time by less than the list can. */
    private static final long OVERLAP_MS = 2_000;

    private static final int PAGE = 100;
    private static final int MOST_PAGES = 50;
    private static final long CREATED_BEFORE_MS = 60_000;

    private final AlpacaOrderConfig config;
    private final List<Instrument> instruments;
    private final OrderClock clock;
    private final AlpacaReports reports;
    private final AlpacaRest rest;
    private final JsonSocket socket;
    private @Nullable VenueListener listener;
    private boolean isReady;
    private long badEventCount;

    AlpacaGateway(AlpacaOrderConfig config, Access access, VenueBudget budget) {
        this.config = config;
        this.instruments = access.instruments();
        this.clock = access.clock();
        this.reports = new AlpacaReports(instruments);
        this.rest = new AlpacaRest(
                access.rest().open(config.rest(), config.answerTimeoutMs()),
                config.key(),
                config.secret(),
                access.orders(),
                budget,
                clock);
        this.socket = new JsonSocket(
                config.stream(),
                access.transport(),
                WsConfig.defaults().withBinary(),
                access.orders(),
                this,
                access.seed());
    }

    // ---- connection

    @Override
    public void start(VenueListener owner) {
        listener = owner;
        socket.notBefore(clock.monotonicMs() + rest.closedForMs());
        socket.start(clock.monotonicMs());
    }

    @Override
    public void onOpen() {
        say(Map.of("action", "auth", "key", config.key(), "secret", config.secret()));
    }

    private void say(Map<String, Object> message) {
        if (!socket.send(AlpacaRest.json(message))) {
            socket.restart("the socket takes no more bytes");
        }
    }

    @Override
    public void onText(JsonNode message) {
        JsonNode data = message.path("data");
        switch (message.path("stream").asText()) {
            case "authorization" -> onAuthorization(data);
            case "listening" -> onListening(data);
            case TRADE_UPDATES -> onUpdate(data);
            default -> LOG.debug("message of an unknown stream ignored stream={}", message.path("stream"));
        }
    }

    private void onAuthorization(JsonNode data) {
        if (data.path("status").asText().equals("authorized")) {
            say(Map.of("action", "listen", "data", Map.of("streams", List.of(TRADE_UPDATES))));
        } else {
            socket.restart("not authorized: " + data.path("status").asText());
        }
    }

    private void onListening(JsonNode data) {
        boolean hears = false;
        for (JsonNode stream : data.path("streams")) {
            hears |= stream.asText().equals(TRADE_UPDATES);
        }
        if (!hears) {
            socket.restart("trade updates not listened to");
        } else if (!isReady) {
            isReady = true;
            owner().onConnected();
        }
    }

    private void onUpdate(JsonNode data) {
        List<OrderReport> told;
        try {
            told = reports.update(data);
        } catch (IllegalArgumentException unreadable) {
            badEventCount++;
            LOG.warn("unreadable trade update event={} problem={}", data.path("event"), unreadable.getMessage());
            socket.restart("unreadable trade update");
            return;
        }
        told.forEach(owner()::onReport);
    }

    private VenueListener owner() {
        if (listener == null) {
            throw new IllegalStateException("not started");
        }
        return listener;
    }

    @Override
    public void onClosed(String reason) {
        boolean wasReady = isReady;
        isReady = false;
        LOG.warn("trade updates ended reason={}", reason);
        if (wasReady) {
            owner().onDisconnected(reason);
        }
    }

    // ---- writes

    @Override
    public long place(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        long acceptUntilMs = acceptUntilMs();
        if (order.terms().type() == OrderType.LIMIT_MAKER) {
            answer.accept(new VenueAnswer.Refused("UNSUPPORTED", "Alpaca has no orders that only make"));
            return acceptUntilMs;
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("symbol", instrument.venueSymbol());
        body.put("side", order.terms().side().name().toLowerCase(Locale.ROOT));
        body.put("type", order.terms().type().name().toLowerCase(Locale.ROOT));
        body.put("time_in_force", timeInForce(order, instrument));
        body.put("qty", Decimals.text(order.terms().quantity()));
        BigDecimal price = order.terms().price();
        if (price != null) {
            body.put("limit_price", Decimals.text(price));
        }
        body.put("client_order_id", order.clientId());
        rest.send(new Call("POST", "/orders", AlpacaRest.json(body), Priority.PLACE, true), this::answered, answer);
        return acceptUntilMs;
    }

    private static String timeInForce(OrderView order, Instrument instrument) {
        TimeInForce tif = order.terms().timeInForce();
        if (tif != null) {
            return tif.name().toLowerCase(Locale.ROOT);
        }
        return AlpacaOrderConfig.isShares(instrument) ? "day" : "gtc";
    }

    private VenueAnswer answered(JsonNode order) {
        socket.hurry(); // what becomes of the order comes by the stream only
        return new VenueAnswer.Reported(reports.order(order, Source.ANSWER));
    }

    /** A cancel goes by the venue's id, so an order without one is looked up first. */
    @Override
    public void cancel(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        if (order.venueOrderId().isEmpty()) {
            query(order, instrument, found -> cancelFound(found, answer));
        } else {
            cancel(order.venueOrderId(), answer);
        }
    }

    /** The answer is empty, so the order is looked at behind it. */
    private void cancel(String venueOrderId, Consumer<VenueAnswer> answer) {
        String path = "/orders/" + venueOrderId;
        Call look = new Call("GET", path, null, Priority.CANCEL, false);
        rest.send(
                new Call("DELETE", path, null, Priority.CANCEL, false),
                empty -> new VenueAnswer.Reported(List.of()),
                done -> {
                    if (done instanceof VenueAnswer.Reported) {
                        rest.send(look, this::answered, answer);
                    } else {
                        answer.accept(done);
                    }
                });
    }

    private void cancelFound(VenueAnswer found, Consumer<VenueAnswer> answer) {
        if (found instanceof VenueAnswer.Reported reported
                && !reported.reports().isEmpty()) {
            OrderReport report = reported.reports().get(0);
            OrderState state = report.state();
            if (state == null || !state.isTerminal()) {
                cancel(report.venueOrderId(), answer);
                return;
            }
        }
        answer.accept(found);
    }

    /** Alpaca's replace is a new order that carries the old one on: done whole, or not at all. */
    @Override
    public long replace(OrderView old, OrderView replacement, Instrument instrument, Consumer<VenueAnswer> answer) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("qty", Decimals.text(replacement.terms().quantity()));
        BigDecimal price = replacement.terms().price();
        if (price != null) {
            body.put("limit_price", Decimals.text(price));
        }
        body.put("client_order_id", replacement.clientId());
        Call call = new Call("PATCH", "/orders/" + old.venueOrderId(), AlpacaRest.json(body), Priority.PLACE, true);
        rest.send(call, fresh -> replaced(old, fresh), answer);
        return acceptUntilMs();
    }

    private VenueAnswer replaced(OrderView old, JsonNode fresh) {
        List<OrderReport> both = new ArrayList<>();
        both.add(new OrderReport(
                Source.ANSWER,
                old.symbol(),
                old.clientId(),
                old.venueOrderId(),
                OrderState.CANCELLED,
                null,
                null,
                null,
                "replaced_by=" + AlpacaReports.text(fresh, "id"),
                clock.wallMs()));
        both.addAll(reports.order(fresh, Source.ANSWER));
        return new VenueAnswer.Reported(both);
    }

    // ---- questions

    @Override
    public void query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        String path = order.venueOrderId().isEmpty()
                ? "/orders:by_client_order_id?client_order_id=" + order.clientId()
                : "/orders/" + order.venueOrderId();
        rest.send(Call.get(path), found -> new VenueAnswer.Reported(reports.order(found, Source.POLL)), answer);
    }

    @Override
    public void find(Instrument instrument, String venueOrderId, Consumer<VenueAnswer> answer) {
        rest.send(
                Call.get("/orders/" + venueOrderId),
                found -> new VenueAnswer.Reported(reports.order(found, Source.POLL)),
                answer);
    }

    @Override
    public void openOrders(Consumer<VenueAnswer> answer) {
        rest.send(
                Call.get("/orders?status=open&limit=500"),
                found -> new VenueAnswer.Reported(reports.orders(found)),
                answer);
    }

    @Override
    public void trades(Instrument instrument, long fromId, Consumer<VenueAnswer> answer) {
        if (fromId <= 0) {
            fills("direction=desc", instrument, answer, false);
        } else {
            fills("direction=asc&after=" + moment(fromId - 1 - OVERLAP_MS), instrument, answer, true);
        }
    }

    @Override
    public void tradesOf(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        String after = moment(order.createdAtMs() - CREATED_BEFORE_MS);
        fills("direction=asc&after=" + after, instrument, all -> answer.accept(only(order, all)), true);
    }

    private static VenueAnswer only(OrderView order, VenueAnswer answer) {
        return answer instanceof VenueAnswer.Reported reported
                ? new VenueAnswer.Reported(reported.reports().stream()
                        .filter(report -> report.venueOrderId().equals(order.venueOrderId()))
                        .toList())
                : answer;
    }

    private static String moment(long ms) {
        return URLEncoder.encode(Instant.ofEpochMilli(Math.max(0, ms)).toString(), StandardCharsets.UTF_8);
    }

    private void fills(String query, Instrument instrument, Consumer<VenueAnswer> answer, boolean allPages) {
        new FillPages(query, instrument, answer, allPages).next("");
    }

    /** Reads page after page, one request at a time, and answers once with the fills of one instrument. */
    private final class FillPages {
        private final String query;
        private final Instrument instrument;
        private final Consumer<VenueAnswer> answer;
        private final boolean isAll;
        private final List<OrderReport> found = new ArrayList<>();
        private int pages;

        FillPages(String query, Instrument instrument, Consumer<VenueAnswer> answer, boolean isAll) {
            this.query = query;
            this.instrument = instrument;
            this.answer = answer;
            this.isAll = isAll;
        }

        void next(String token) {
            String page = token.isEmpty() ? "" : "&page_token=" + URLEncoder.encode(token, StandardCharsets.UTF_8);
            String[] last = {""};
            rest.send(
                    Call.get("/account/activities/FILL?page_size=" + PAGE + "&" + query + page),
                    list -> {
                        last[0] = take(list);
                        return new VenueAnswer.Reported(List.of());
                    },
                    done -> {
                        if (!(done instanceof VenueAnswer.Reported)) {
                            answer.accept(done);
                        } else if (last[0].isEmpty() || !isAll || ++pages >= MOST_PAGES) {
                            answer.accept(new VenueAnswer.Reported(List.copyOf(found)));
                        } else {
                            next(last[0]);
                        }
                    });
        }

        /** The id of the last one of a full page; empty when there is no further page. */
        private String take(JsonNode list) {
            String last = "";
            for (JsonNode activity : list) {
                OrderReport report = reports.activity(activity);
                if (report != null && report.symbol().equals(instrument.symbol())) {
                    found.add(report);
                }
                last = AlpacaReports.text(activity, "id");
            }
            return list.size() < PAGE ? "" : last;
        }
    }

    /** Cash of the account, then the positions. */
    @Override
    public void balances(Consumer<VenueAnswer> answer) {
        JsonNode[] account = new JsonNode[1];
        rest.send(
                Call.get("/account"),
                found -> {
                    account[0] = found;
                    return new VenueAnswer.Reported(List.of());
                },
                done -> {
                    if (done instanceof VenueAnswer.Reported) {
                        rest.send(
                                Call.get("/positions"),
                                positions -> new VenueAnswer.Balances(
                                        reports.balances(account[0], positions, clock.wallMs())),
                                answer);
                    } else {
                        answer.accept(done);
                    }
                });
    }

    // ---- time

    /** Fills are listed by time. */
    @Override
    public long cursorOf(Fill fill) {
        return fill.atMs();
    }

    /** Fees of coins are taken at the end of the day. */
    @Override
    public boolean tellsFees() {
        return false;
    }

    @Override
    public long acceptUntilMs() {
        return clock.wallMs() + ACCEPT_MS;
    }

    @Override
    public void drain(Runnable drained) {
        rest.drain(drained);
    }

    @Override
    public Map<String, Object> budgetLeft() {
        Map<String, Object> left = rest.left();
        left.put("bad_events_total", badEventCount);
        return left;
    }

    @Override
    public void tick(long monotonicMs) {
        socket.notBefore(monotonicMs + rest.closedForMs());
        socket.tick(monotonicMs);
    }

    @Override
    public boolean isConnected() {
        return isReady;
    }

    @Override
    public void close() {
        socket.close();
        rest.close();
    }
}
