package dev.relay.sidecar.simulation;

import static dev.relay.sidecar.simulation.SimulatedVenue.ALPACA;
import static dev.relay.sidecar.simulation.SimulatedVenue.BINANCE;
import static dev.relay.sidecar.simulation.SimulatedVenue.KRAKEN;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * A fault of the order side and how often it strikes at random moments of the busy time.
 *
 * @param venues at which there is such a thing
 * @param row the row of the defects that it stands for
 * @param effect what shows that it struck; above zero over all seeds
 */
record OrderScript(
        Set<SimulatedVenue> venues,
        String row,
        String name,
        int times,
        Consumer<OrderSimulation> strike,
        ToLongFunction<OrderSimulation> effect) {
    private static final Set<SimulatedVenue> ALL = EnumSet.allOf(SimulatedVenue.class);

    /** Every script that a mix may contain. */
    static List<OrderScript> mixable(SimulatedVenue venue) {
        return at(venue).filter(script -> !script.row().equals("L2")).toList();
    }

    static List<OrderScript> of(SimulatedVenue venue, String row) {
        return at(venue).filter(script -> script.row().equals(row)).toList();
    }

    private static Stream<OrderScript> at(SimulatedVenue venue) {
        return all().stream().filter(script -> script.venues().contains(venue));
    }

    private static List<OrderScript> all() {
        List<OrderScript> list = new ArrayList<>();
        exchange(list, "O1", "place-lost", "place-timeout-undone", "place-server-error-undone");
        for (String name : List.of("place-no-answer", "place-timeout", "place-server-error")) {
            add(list, "O1", name + " and no event", 8, sim -> {
                sim.exchange.orderFault("events-drop");
                sim.exchange.orderFault(name);
            });
        }
        add(list, "O1", "frames lost", 6, sim -> sim.network.loseNextSends(2));
        add(list, "O1", "cut in flight", 4, sim -> sim.network.cutAll(OrderSimulation.RESET));
        add(list, "O1", "exchange restarts", 2, sim -> sim.restartExchange(2_000));
        add(EnumSet.of(BINANCE), list, "O1", "clock jumps", 2, sim -> {
            sim.verdict.allowRepeats();
            sim.skew(8_000);
        });
        exchange(EnumSet.of(BINANCE, ALPACA), list, "O2", "place-stale-answer");
        exchange(list, "O2", "events-late", "query-stale-answer");
        exchange(list, "O3", "events-duplicate");
        add(list, "O3", "duplicates, then a restart", 3, sim -> {
            sim.exchange.orderFault("events-duplicate");
            sim.later(300, () -> sim.network.cutAll(OrderSimulation.RESET));
        });
        add(list, "O4", "sidecar killed", 3, sim -> {
            if (sim.isAlive()) {
                sim.restartSidecar(500);
            }
        });
        add(list, "O4", "sidecar killed while the disk is full", 2, sim -> {
            sim.journal.fullFor(700);
            sim.later(400, () -> {
                if (sim.isAlive()) {
                    sim.restartSidecar(500);
                }
            });
        });
        exchange(list, "O5", "query-not-found", "query-stale-answer");
        add(list, "O5", "old open orders", 6, sim -> {
            sim.exchange.oldOpenOrders(OrderSimulation.KEY);
            sim.later(200, () -> sim.network.cutAll(OrderSimulation.RESET));
        });
        exchange(list, "O6", "cancel-filled-first", "cancel-partly-filled-first", "cancel-no-answer", "cancel-lost");
        exchange(list, "O6", "cancel-timeout", "cancel-server-error-undone");
        Set<SimulatedVenue> amending = EnumSet.of(BINANCE, KRAKEN);
        exchange(amending, list, "O6", "amend-filled-first", "amend-partly-filled-first", "amend-no-answer");
        exchange(amending, list, "O6", "amend-lost", "amend-timeout-undone");
        Set<SimulatedVenue> replacing = EnumSet.of(BINANCE, ALPACA);
        exchange(replacing, list, "O6", "replace-filled-first", "replace-partly-filled-first", "replace-no-answer");
        exchange(replacing, list, "O6", "replace-lost", "replace-timeout", "replace-server-error-undone");
        add(list, "O6", "filled first and told late", 6, sim -> {
            sim.exchange.orderFault("cancel-filled-first");
            sim.exchange.orderFault("events-late");
        });
        add(list, "O7", "orders by hand", 6, sim -> {
            sim.exchange.manualOrder(OrderSimulation.KEY, sim.venue.symbol("BTC"), "BUY", "50000.00", "0.01");
            sim.exchange.manualOrder(OrderSimulation.KEY, sim.venue.symbol("ETH"), "SELL", "1500.00", "0.2");
        });
        add(list, "O7", "orders by hand while the stream is silent", 3, sim -> {
            sim.exchange.orderFault("user-stream-cut");
            sim.exchange.manualOrder(OrderSimulation.KEY, sim.venue.symbol("ETH"), "SELL", "1500.00", "0.2");
        });
        exchange(list, "O8", "user-stream-cut", "events-drop");
        exchange(EnumSet.of(BINANCE), list, "O8", "user-stream-end");
        add(list, "O8", "cut while it trades", 4, sim -> {
            sim.network.unreachableFor(1_500);
            sim.network.cutAll(OrderSimulation.RESET);
        });
        add(list, "O8", "cut while the venue ends everything", 2, sim -> {
            sim.restartExchange(2_000);
            sim.exchange.cancelAllOf(OrderSimulation.KEY);
        });
        exchange(list, "O9", "events-reverse");
        add(list, "O9", "reverse, twice as many", 8, sim -> {
            sim.exchange.orderFault("events-reverse");
            sim.exchange.orderFault("place-stale-answer");
        });
        Set<SimulatedVenue> banning = EnumSet.of(BINANCE);
        add(banning, list, "L2", "weight used up: 429", 1, sim -> sim.exchange.exhaustWeight(VirtualNetwork.ADDRESS));
        add(banning, list, "L2", "banned: 418", 1, sim -> sim.exchange.ban(VirtualNetwork.ADDRESS, 120_000));
        add(banning, list, "L2", "banned, then the sidecar restarts", 1, sim -> {
            sim.exchange.ban(VirtualNetwork.ADDRESS, 60_000);
            sim.later(2_000, () -> sim.restartSidecar(500));
        });
        add(
                EnumSet.of(ALPACA),
                list,
                "L2",
                "requests used up: 429",
                1,
                sim -> sim.exchange.useAlpaca(OrderSimulation.KEY, 200));
        Set<SimulatedVenue> locking = EnumSet.of(KRAKEN);
        add(locking, list, "L2", "locked out", 1, sim -> sim.exchange.lockOutKraken(30_000));
        add(locking, list, "L2", "locked out, then the sidecar restarts", 1, sim -> {
            sim.exchange.lockOutKraken(60_000);
            sim.network.cutAll(OrderSimulation.RESET);
            sim.later(3_000, () -> sim.restartSidecar(500));
        });
        return list;
    }

    private static void exchange(List<OrderScript> list, String row, String... names) {
        exchange(ALL, list, row, names);
    }

    private static void exchange(Set<SimulatedVenue> venues, List<OrderScript> list, String row, String... names) {
        Arrays.stream(names).forEach(name -> add(venues, list, row, name, 8, sim -> sim.exchange.orderFault(name)));
    }

    private static void add(
            List<OrderScript> list, String row, String name, int times, Consumer<OrderSimulation> strike) {
        add(ALL, list, row, name, times, strike);
    }

    private static void add(
            Set<SimulatedVenue> venues,
            List<OrderScript> list,
            String row,
            String name,
            int times,
            Consumer<OrderSimulation> strike) {
        list.add(new OrderScript(venues, row, name, times, strike, effectOf(row, name)));
    }

    private static ToLongFunction<OrderSimulation> effectOf(String row, String name) {
        return switch (row) {
            case "O1" ->
                switch (name) {
                    case "clock jumps" -> sim -> sim.verdict.repeatCount();
                    case "cut in flight", "exchange restarts" ->
                        sim -> sim.facts().disconnectCount();
                    default -> sim -> sim.facts().doubtQueryCount();
                };
            case "O2", "O9" -> sim -> sim.facts().staleReportCount();
            case "O3" -> sim -> sim.facts().repeatedFillCount();
            case "O4" -> OrderSimulation::restarts;
            case "O7" -> sim -> sim.facts().externalOrderCount();
            case "O8" ->
                name.equals("user-stream-cut") || name.equals("events-drop")
                        ? sim -> sim.facts().reconciliationCount() - 1
                        : sim -> sim.facts().disconnectCount();
            case "L2" -> sim -> sim.exchange.limitedCount();
            default -> sim -> sim.facts().placesWrittenCount();
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
