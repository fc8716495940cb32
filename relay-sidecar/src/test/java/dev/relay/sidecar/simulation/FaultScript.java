package dev.relay.sidecar.simulation;

import dev.relay.exchange.api.DepthFault;
import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.CloseReason.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A fault and how often it strikes.
 *
 * @param reach whom it may disturb
 */
record FaultScript(String name, int times, Reach reach, Consumer<Simulation> strike) {
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

    /** Twenty kinds, each once and three times. */
    static List<FaultScript> all() {
        List<FaultScript> scripts = new ArrayList<>();
        for (int times : new int[] {1, 3}) {
            depth(scripts, times, Reach.BOOK, DepthFault.GAP, DepthFault.REORDER, DepthFault.LATE, DepthFault.CROSSED);
            depth(scripts, times, Reach.BOOK, DepthFault.EMPTY_SIDE, DepthFault.HUGE_NUMBER);
            depth(scripts, times, Reach.NONE, DepthFault.DUPLICATE, DepthFault.UNKNOWN_FIELD);
            depth(scripts, times, Reach.CONNECTION, DepthFault.BROKEN);
            add(scripts, "STALE_SNAPSHOT", times, Reach.BOOK, sim -> {
                sim.exchange().staleSnapshots(Simulation.VICTIM, 2);
                sim.later(700, () -> sim.exchange().fault(Simulation.VICTIM, DepthFault.GAP));
            });
            add(scripts, "SERVER_ERROR", times, Reach.BOOK, sim -> {
                sim.exchange().failDepthRequests(3);
                sim.exchange().fault(Simulation.VICTIM, DepthFault.GAP);
            });
            add(
                    scripts,
                    "DISCONNECT",
                    times,
                    Reach.CONNECTION,
                    sim -> sim.network().cutAll(RESET));
            add(scripts, "DISCONNECT_IN_BURST", times, Reach.CONNECTION, sim -> {
                sim.burst(500);
                sim.flush();
                sim.network().cutAll(RESET);
                sim.burst(200);
            });
            add(
                    scripts,
                    "LIFETIME_CUT",
                    times,
                    Reach.CONNECTION,
                    sim -> sim.network().cutAll(LIFETIME));
            add(
                    scripts,
                    "SILENT_BUT_PINGING",
                    times,
                    Reach.CONNECTION,
                    sim -> sim.exchange().mute());
            add(
                    scripts,
                    "SERVER_SHUTDOWN",
                    times,
                    Reach.NONE,
                    sim -> sim.network().shutDown(5_000));
            add(scripts, "UNREACHABLE", times, Reach.CONNECTION, sim -> {
                sim.network().unreachableFor(20_000);
                sim.network().cutAll(RESET);
            });
            add(scripts, "WEIGHT_USED_UP_429", times, Reach.BOOK, sim -> {
                sim.exchange().exhaustWeight(VirtualNetwork.ADDRESS);
                sim.exchange().fault(Simulation.VICTIM, DepthFault.GAP);
            });
            add(scripts, "BANNED_418", times, Reach.BOOK, sim -> {
                sim.exchange().ban(VirtualNetwork.ADDRESS, 120_000);
                sim.exchange().fault(Simulation.VICTIM, DepthFault.GAP);
            });
            // a fall of this speed is held by the quality gate until it is confirmed
            add(scripts, "FLASH_CRASH", times, Reach.BOOK, Simulation::crash);
        }
        return scripts;
    }

    /** What can happen to Kraken's stream. */
    static List<FaultScript> kraken() {
        List<FaultScript> scripts = new ArrayList<>();
        for (int times : new int[] {1, 3}) {
            add(
                    scripts,
                    "KRAKEN_BAD_CHECKSUM",
                    times,
                    Reach.BOOK,
                    sim -> sim.exchange().badChecksum(Simulation.VICTIM));
            add(scripts, "KRAKEN_GAP", times, Reach.BOOK, sim -> sim.exchange().krakenGap(Simulation.VICTIM));
            add(
                    scripts,
                    "KRAKEN_DISCONNECT",
                    times,
                    Reach.CONNECTION,
                    sim -> sim.network().cutAll(RESET));
            add(scripts, "KRAKEN_UNREACHABLE", times, Reach.CONNECTION, sim -> {
                sim.network().unreachableFor(20_000);
                sim.network().cutAll(RESET);
            });
            add(scripts, "KRAKEN_FLASH_CRASH", times, Reach.BOOK, Simulation::crash);
        }
        return scripts;
    }

    private static void depth(List<FaultScript> scripts, int times, Reach reach, DepthFault... faults) {
        for (DepthFault fault : faults) {
            add(scripts, fault.name(), times, reach, sim -> sim.exchange().fault(Simulation.VICTIM, fault));
        }
    }

    private static void add(
            List<FaultScript> scripts, String name, int times, Reach reach, Consumer<Simulation> strike) {
        scripts.add(new FaultScript(name + " x" + times, times, reach, strike));
    }
}
