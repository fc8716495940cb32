package dev.relay.cli.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Does one fault after another to the processes of a round, at random times of a seed, and writes each down before it happens. One thread. */
final class Faults {
    private static final long MOST_QUIET_MS = 300;
    private static final long TERM_MS = 5_000;
    /** Silence after which the daemon calls an agent suspect, and a little. */
    private static final long SUSPECT_MS = 3_200;

    private static final long PROGRESS_MS = 3_000;

    private final Plan plan;
    private final Cast cast;
    private final HistoryFile history;
    private final Random random;
    private final List<Long> readyMs = new ArrayList<>();

    Faults(Plan plan, Cast cast, HistoryFile history) {
        this.plan = plan;
        this.cast = cast;
        this.history = history;
        this.random = new Random(plan.seed());
    }

    /** How long each start of the daemon took. */
    List<Long> readyMs() {
        return readyMs;
    }

    void next() {
        awaitProgress();
        pause(random.nextLong(MOST_QUIET_MS));
        mustLive(cast.daemon());
        switch (plan.mode()) {
            case DAEMON_KILL -> killDaemon();
            case AGENT_KILL -> killAgent();
            case BOTH -> killAny();
            case STOP_CONT -> stopAny();
            case TERM -> terminateAny();
            case ZOMBIE -> replaceAgent();
        }
        cast.names().forEach(name -> mustLive(cast.agent(name)));
        mustLive(cast.daemon());
    }

    /** Every other fault meets messages under way; the rest come when they come, also before anybody is back. */
    private void awaitProgress() {
        if (random.nextBoolean()) {
            long before = cast.confirmed();
            LoadBed.within(PROGRESS_MS, () -> cast.confirmed() > before);
        }
    }

    private static void mustLive(Victim victim) {
        if (!victim.isAlive()) {
            throw new IllegalStateException(victim.name() + " died by itself; see its log");
        }
    }

    private void killDaemon() {
        history.write("fault", what("daemon SIGKILL"));
        cast.daemon().kill();
        restartDaemon();
    }

    private void restartDaemon() {
        long ms = cast.restartDaemon();
        readyMs.add(ms);
        history.write("note", what("daemon ready ms=" + ms));
    }

    private void killAgent() {
        String name = anyAgent();
        history.write("fault", what("agent SIGKILL " + name));
        cast.agent(name).kill();
        cast.startAgent(name);
        cast.agent(name).awaitReady(60_000);
    }

    private void killAny() {
        switch (random.nextInt(3)) {
            case 0 -> killDaemon();
            case 1 -> killAgent();
            default -> killTogether();
        }
    }

    private void killTogether() {
        String name = anyAgent();
        history.write("fault", what("daemon SIGKILL"));
        history.write("fault", what("agent SIGKILL " + name));
        cast.daemon().kill();
        cast.agent(name).kill();
        cast.startAgent(name);
        restartDaemon();
        cast.agent(name).awaitReady(60_000);
    }

    /** Stopped, then woken or killed. */
    private void stopAny() {
        boolean isDaemon = random.nextInt(3) == 0;
        String name = anyAgent();
        Victim victim = isDaemon ? cast.daemon() : cast.agent(name);
        history.write("fault", what((isDaemon ? "daemon" : "agent") + " SIGSTOP " + victim.name()));
        victim.signal("STOP");
        pause(50 + random.nextLong(1_950));
        if (random.nextBoolean()) {
            victim.signal("CONT");
            return;
        }
        history.write("fault", what((isDaemon ? "daemon" : "agent") + " SIGKILL " + victim.name()));
        victim.kill();
        if (isDaemon) {
            restartDaemon();
        } else {
            cast.startAgent(name);
            cast.agent(name).awaitReady(60_000);
        }
    }

    /** The newcomer gets the name once its silent predecessor is suspect; that one then wakes, goes on for a moment and is killed. */
    private void replaceAgent() {
        String name = anyAgent();
        Victim zombie = cast.agent(name);
        history.write("fault", what("agent SIGSTOP " + name));
        zombie.signal("STOP");
        pause(SUSPECT_MS);
        try {
            cast.startAgent(name);
            cast.agent(name).awaitReady(60_000);
            history.write("fault", what("agent SIGCONT " + name));
            zombie.signal("CONT");
            pause(500 + random.nextLong(1_000));
        } finally {
            zombie.kill();
        }
    }

    private void terminateAny() {
        if (random.nextBoolean()) {
            String name = anyAgent();
            history.write("fault", what("agent SIGTERM " + name));
            cast.agent(name).close();
            cast.startAgent(name);
            cast.agent(name).awaitReady(60_000);
            return;
        }
        history.write("fault", what("daemon SIGTERM"));
        cast.daemon().signal("TERM");
        if (cast.daemon().awaitEnd(TERM_MS) < 0) {
            throw new IllegalStateException("the daemon did not end within ms=" + TERM_MS);
        }
        restartDaemon();
    }

    private String anyAgent() {
        List<String> names = cast.names();
        return names.get(random.nextInt(names.size()));
    }

    private static String what(String text) {
        return HistoryFile.field("what", text);
    }

    private static void pause(long ms) {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        while (System.nanoTime() < endNs) {
            LockSupport.parkNanos(endNs - System.nanoTime());
        }
    }
}
