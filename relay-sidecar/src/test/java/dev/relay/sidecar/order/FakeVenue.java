package dev.relay.sidecar.order;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A venue in memory with its own truth; what it answers to the next place or cancel is set by the test. */
final class FakeVenue implements VenueOrders, VenueQuestions {
    /** What happens to the next write. */
    enum Mode {
        ANSWER,
        /** Done at the venue, the answer is lost. */
        LOSE_ANSWER,
        /** Never reaches the venue, and no answer. */
        LOSE_REQUEST,
        REFUSE,
        NOT_SENT,
        /** Refused for the clock until the test says otherwise; not done. */
        AGAIN,
        /** Done when the test says so. */
        HOLD,
        /** A replace is only promised: the new order is told, what becomes of the old one is seen later. */
        PROMISE
    }

    /** An order as the venue has it. */
    static final class Live {
        final OrderView order;
        final String venueId;
        BigDecimal done = BigDecimal.ZERO;
        BigDecimal quantity;
        OrderState state = OrderState.OPEN;

        Live(OrderView order, String venueId) {
            this.order = order;
            this.venueId = venueId;
            this.quantity = order.terms().quantity();
        }
    }

    final Map<String, Live> truth = new LinkedHashMap<>();
    final List<OrderReport> trades = new ArrayList<>();
    final List<String> placed = new ArrayList<>();
    final List<String> calls = new ArrayList<>();
    final List<Consumer<VenueAnswer>> held = new ArrayList<>();
    final List<Balance> account = new ArrayList<>();
    Mode mode = Mode.ANSWER;
    boolean isConnected;
    boolean isReachableAway;
    volatile boolean hasBug;
    long serverMs = 1_000_000;
    long recvWindowMs = 5_000;

    @Nullable
    VenueListener listener;

    @Nullable
    String marginCall;

    private int nextId = 1;

    void connect() {
        isConnected = true;
        owner().onConnected();
    }

    void disconnect() {
        isConnected = false;
        owner().onDisconnected("test");
    }

    VenueListener owner() {
        if (listener == null) {
            throw new AssertionError("not started");
        }
        return listener;
    }

    /** Executes at the venue; {@code isPushed} false: the event stream misses it. */
    void fill(String clientId, String quantity, boolean isPushed) {
        Live live = live(clientId);
        BigDecimal price = new BigDecimal("100");
        Fill fill = new Fill(
                live.order.symbol(),
                Integer.toString(trades.size() + 1),
                live.venueId,
                live.order.terms().side(),
                price,
                new BigDecimal(quantity),
                BigDecimal.ZERO,
                "USDT",
                serverMs);
        live.done = live.done.add(fill.quantity());
        boolean isWhole = live.done.compareTo(live.quantity) >= 0;
        live.state = isWhole ? OrderState.FILLED : OrderState.PARTIALLY_FILLED;
        trades.add(OrderReport.ofTrade(OrderReport.Source.POLL, fill));
        if (isPushed) {
            owner().onReport(report(live, fill));
        }
    }

    /** An open order that nobody here placed. */
    Live stranger(String clientId, String symbol) {
        OrderTerms terms =
                new OrderTerms(Side.SELL, OrderType.LIMIT, new BigDecimal("120"), BigDecimal.ONE, TimeInForce.GTC);
        OrderTracker other = new OrderTracker("other", List.of(Instrument.of(symbol)));
        return accept(other.place(clientId, "", symbol, terms, 1).order());
    }

    Live live(String clientId) {
        Live live = truth.get(clientId);
        if (live == null) {
            throw new AssertionError("the venue has no order " + clientId);
        }
        return live;
    }

    static OrderReport report(Live live, @Nullable Fill fill) {
        return new OrderReport(
                OrderReport.Source.PUSH,
                live.order.symbol(),
                live.order.clientId(),
                live.venueId,
                live.state,
                live.done,
                fill,
                live.order.terms().withQuantity(live.quantity),
                "",
                1);
    }

    @Override
    public void start(VenueListener owner) {
        listener = owner;
    }

    @Override
    public long place(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        calls.add("place");
        switch (mode) {
            case AGAIN -> held.add(answer);
            case NOT_SENT -> answer.accept(new VenueAnswer.NotSent("VENUE_UNAVAILABLE", "down"));
            case REFUSE -> {
                placed.add(order.clientId());
                answer.accept(new VenueAnswer.Refused("-2010", "insufficient balance"));
            }
            case LOSE_REQUEST -> {
                placed.add(order.clientId());
                answer.accept(new VenueAnswer.InDoubt("timeout"));
            }
            case LOSE_ANSWER -> {
                accept(order);
                answer.accept(new VenueAnswer.InDoubt("-1007"));
            }
            case HOLD -> {
                accept(order);
                held.add(answer);
            }
            default -> answer.accept(reported(accept(order)));
        }
        return acceptUntilMs();
    }

    private Live accept(OrderView order) {
        placed.add(order.clientId());
        Live live = new Live(order, Integer.toString(nextId++));
        truth.put(order.clientId(), live);
        return live;
    }

    private static VenueAnswer reported(Live live) {
        return new VenueAnswer.Reported(List.of(report(live, null)));
    }

    @Override
    public void cancel(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        calls.add("cancel");
        if (mode == Mode.NOT_SENT) {
            answer.accept(new VenueAnswer.NotSent("RATE_LIMITED", "no room"));
            return;
        }
        Live live = truth.get(order.clientId());
        if (live == null || live.state.isTerminal()) {
            answer.accept(new VenueAnswer.Refused("-2011", "Unknown order sent."));
            return;
        }
        live.state = OrderState.CANCELLED;
        answer.accept(mode == Mode.LOSE_ANSWER ? new VenueAnswer.InDoubt("timeout") : reported(live));
    }

    @Override
    public void reduce(OrderView order, Instrument instrument, BigDecimal quantity, Consumer<VenueAnswer> answer) {
        calls.add("reduce");
        Live live = live(order.clientId());
        if (live.state.isTerminal()) {
            answer.accept(new VenueAnswer.Refused("-2013", "Order does not exist."));
            return;
        }
        live.quantity = quantity;
        answer.accept(mode == Mode.LOSE_ANSWER ? new VenueAnswer.InDoubt("timeout") : reported(live));
    }

    @Override
    public long replace(OrderView old, OrderView replacement, Instrument instrument, Consumer<VenueAnswer> answer) {
        calls.add("replace");
        Live live = live(old.clientId());
        if (live.state.isTerminal()) {
            answer.accept(new VenueAnswer.Refused("-2022", "Order cancel-replace failed."));
            return acceptUntilMs();
        }
        if (mode == Mode.AGAIN) {
            held.add(answer);
            return acceptUntilMs();
        }
        if (mode == Mode.PROMISE) {
            answer.accept(reported(accept(replacement)));
            return acceptUntilMs();
        }
        live.state = OrderState.CANCELLED;
        if (mode == Mode.REFUSE) {
            answer.accept(new VenueAnswer.Replaced(List.of(report(live, null)), "-2010", "no funds"));
            return acceptUntilMs();
        }
        Live fresh = accept(replacement);
        answer.accept(
                mode == Mode.LOSE_ANSWER
                        ? new VenueAnswer.InDoubt("timeout")
                        : new VenueAnswer.Reported(List.of(report(live, null), report(fresh, null))));
        return acceptUntilMs();
    }

    @Override
    public VenueQuestions questions() {
        return this;
    }

    @Override
    public void query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        calls.add("query");
        Live live = truth.get(order.clientId());
        answer.accept(live == null ? new VenueAnswer.NotFound(serverMs) : reported(live));
    }

    @Override
    public void find(Instrument instrument, String venueOrderId, Consumer<VenueAnswer> answer) {
        calls.add("find");
        answer.accept(truth.values().stream()
                .filter(live -> live.venueId.equals(venueOrderId))
                .findFirst()
                .map(FakeVenue::reported)
                .orElseGet(() -> new VenueAnswer.NotFound(serverMs)));
    }

    @Override
    public void openOrders(Consumer<VenueAnswer> answer) {
        calls.add("openOrders");
        List<OrderReport> open = new ArrayList<>();
        truth.values().stream().filter(live -> !live.state.isTerminal()).forEach(live -> open.add(report(live, null)));
        answer.accept(new VenueAnswer.Reported(open));
    }

    @Override
    public void trades(Instrument instrument, long fromId, Consumer<VenueAnswer> answer) {
        calls.add("trades");
        answer.accept(new VenueAnswer.Reported(trades.stream()
                .filter(report ->
                        report.fill() != null && Long.parseLong(report.fill().tradeId()) >= fromId)
                .toList()));
    }

    @Override
    public void tradesOf(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        calls.add("tradesOf");
        answer.accept(new VenueAnswer.Reported(trades.stream()
                .filter(report -> report.venueOrderId().equals(order.venueOrderId()))
                .toList()));
    }

    @Override
    public void balances(Consumer<VenueAnswer> answer) {
        answer.accept(new VenueAnswer.Balances(List.copyOf(account)));
    }

    /** Only where a test gives it balances. */
    @Override
    public boolean tellsFees() {
        return !account.isEmpty();
    }

    @Override
    public @Nullable String marginCall() {
        return marginCall;
    }

    @Override
    public long acceptUntilMs() {
        return serverMs + recvWindowMs;
    }

    @Override
    public void drain(Runnable drained) {
        drained.run();
    }

    @Override
    public void tick(long monotonicMs) {
        if (hasBug) {
            throw new IllegalStateException("a bug");
        }
    }

    @Override
    public boolean isConnected() {
        return isConnected;
    }

    @Override
    public boolean isReachable() {
        return isConnected || isReachableAway;
    }

    @Override
    public void close() {}
}
