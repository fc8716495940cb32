package dev.relay.sidecar.simulation;

import dev.relay.exchange.api.DepthFault;
import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.CloseReason.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * A fault at one venue; how often it strikes, once to three times, is up to the seed.
 *
 * @param reach whom it may disturb
 */
record FaultScript(String name, Stage stage, Reach reach, Consumer<Simulation> strike) {
    /** Whom a fault may disturb. */
    enum Reach {
        /** Nobody: readers must not notice. */
        NONE,
        /** The book it is done to. */
        BOOK,
        /** All books of the connection. */
        CONNECTION
    }

    private static final CloseReason RESET = new CloseReason(Kind.CONNECTION_LOST, 0, "reset");
    private static final CloseReason LIFETIME = new CloseReason(Kind.PEER_CLOSED, 1000, "lifetime over");
    private static final long UNREACHABLE_MS = 20_000;

    static List<FaultScript> all() {
        List<FaultScript> scripts = new ArrayList<>();
        binance(scripts);
        kraken(scripts);
        okx(scripts);
        coinbase(scripts);
        hyperliquid(scripts);
        return scripts;
    }

    private static void binance(List<FaultScript> scripts) {
        Stage stage = Stage.BINANCE;
        depth(scripts, stage, Reach.BOOK, DepthFault.GAP, DepthFault.REORDER, DepthFault.LATE, DepthFault.CROSSED);
        depth(scripts, stage, Reach.BOOK, DepthFault.EMPTY_SIDE, DepthFault.HUGE_NUMBER);
        depth(scripts, stage, Reach.NONE, DepthFault.DUPLICATE, DepthFault.UNKNOWN_FIELD);
        depth(scripts, stage, Reach.CONNECTION, DepthFault.BROKEN);
        add(scripts, stage, "RESTARTED_IDS", Reach.BOOK, Simulation::restartIds);
        add(scripts, stage, "STALE_SNAPSHOT", Reach.BOOK, sim -> {
            sim.exchange().staleSnapshots(Simulation.VICTIM, 2);
            sim.later(700, () -> sim.fault(DepthFault.GAP));
        });
        add(scripts, stage, "SERVER_ERROR", Reach.BOOK, sim -> {
            sim.exchange().failDepthRequests(3);
            sim.fault(DepthFault.GAP);
        });
        connection(scripts, stage);
        add(scripts, stage, "DISCONNECT_IN_BURST", Reach.CONNECTION, sim -> {
            sim.burst(500);
            sim.flush();
            sim.network().cutAll(RESET);
            sim.burst(200);
        });
        add(
                scripts,
                stage,
                "LIFETIME_CUT",
                Reach.CONNECTION,
                sim -> sim.network().cutAll(LIFETIME));
        add(scripts, stage, "SERVER_SHUTDOWN", Reach.NONE, sim -> sim.network().shutDown(5_000));
        add(scripts, stage, "WEIGHT_USED_UP_429", Reach.BOOK, sim -> {
            sim.exchange().exhaustWeight(VirtualNetwork.ADDRESS);
            sim.fault(DepthFault.GAP);
        });
        add(scripts, stage, "BANNED_418", Reach.BOOK, sim -> {
            sim.exchange().ban(VirtualNetwork.ADDRESS, 120_000);
            sim.fault(DepthFault.GAP);
        });
        // a fall of this speed is held by the quality gate until it is confirmed
        add(scripts, stage, "FLASH_CRASH", Reach.BOOK, Simulation::crash);
    }

    /** The checksum speaks for ten levels only: a lost or late change below them may well go unnoticed by readers. */
    private static void kraken(List<FaultScript> scripts) {
        Stage stage = Stage.KRAKEN;
        add(scripts, stage, "BAD_CHECKSUM", Reach.BOOK, sim -> sim.exchange().badChecksum(Simulation.VICTIM));
        depth(scripts, stage, Reach.BOOK, DepthFault.GAP, DepthFault.REORDER, DepthFault.LATE, DepthFault.CROSSED);
        depth(scripts, stage, Reach.BOOK, DepthFault.EMPTY_SIDE, DepthFault.HUGE_NUMBER);
        depth(scripts, stage, Reach.NONE, DepthFault.DUPLICATE, DepthFault.UNKNOWN_FIELD);
        depth(scripts, stage, Reach.CONNECTION, DepthFault.BROKEN);
        connection(scripts, stage);
        add(scripts, stage, "FLASH_CRASH", Reach.BOOK, Simulation::crash);
    }

    /** A message twice breaks the chain of predecessors like one that is missing. */
    private static void okx(List<FaultScript> scripts) {
        Stage stage = Stage.OKX;
        depth(scripts, stage, Reach.BOOK, DepthFault.GAP, DepthFault.DUPLICATE, DepthFault.REORDER, DepthFault.LATE);
        depth(scripts, stage, Reach.BOOK, DepthFault.CROSSED, DepthFault.EMPTY_SIDE, DepthFault.HUGE_NUMBER);
        depth(scripts, stage, Reach.NONE, DepthFault.UNKNOWN_FIELD);
        add(scripts, stage, "RESTARTED_IDS", Reach.BOOK, Simulation::restartIds);
        add(
                scripts,
                stage,
                "SERVICE_UPGRADE",
                Reach.CONNECTION,
                sim -> sim.network().shutDown(5_000));
        connection(scripts, stage);
    }

    /** The numbering of the connection cannot tell whose message is missing. */
    private static void coinbase(List<FaultScript> scripts) {
        Stage stage = Stage.COINBASE;
        depth(scripts, stage, Reach.CONNECTION, DepthFault.GAP, DepthFault.DUPLICATE, DepthFault.REORDER);
        depth(scripts, stage, Reach.BOOK, DepthFault.CROSSED, DepthFault.EMPTY_SIDE, DepthFault.HUGE_NUMBER);
        depth(scripts, stage, Reach.CONNECTION, DepthFault.BROKEN);
        connection(scripts, stage);
    }

    /** Only what is older than the book, or not a book at all, can harm. */
    private static void hyperliquid(List<FaultScript> scripts) {
        Stage stage = Stage.HYPERLIQUID;
        depth(scripts, stage, Reach.NONE, DepthFault.GAP, DepthFault.DUPLICATE, DepthFault.REORDER, DepthFault.LATE);
        depth(scripts, stage, Reach.BOOK, DepthFault.CROSSED, DepthFault.HUGE_NUMBER);
        depth(scripts, stage, Reach.CONNECTION, DepthFault.BROKEN);
        connection(scripts, stage);
    }

    /** What happens to the connections of every venue. */
    private static void connection(List<FaultScript> scripts, Stage stage) {
        add(scripts, stage, "DISCONNECT", Reach.CONNECTION, sim -> sim.network().cutAll(RESET));
        add(scripts, stage, "SILENT_SYMBOL", Reach.BOOK, Simulation::muteVictim);
        add(scripts, stage, "SILENT_BUT_PINGING", Reach.CONNECTION, Simulation::mute);
        add(scripts, stage, "UNREACHABLE", Reach.CONNECTION, sim -> {
            sim.network().unreachableFor(UNREACHABLE_MS);
            sim.network().cutAll(RESET);
        });
    }

    private static void depth(List<FaultScript> scripts, Stage stage, Reach reach, DepthFault... faults) {
        for (DepthFault fault : faults) {
            add(scripts, stage, fault.name(), reach, sim -> sim.fault(fault));
        }
    }

    private static void add(
            List<FaultScript> scripts, Stage stage, String name, Reach reach, Consumer<Simulation> strike) {
        scripts.add(new FaultScript(stage.name().toLowerCase(Locale.ROOT) + " " + name, stage, reach, strike));
    }
}
