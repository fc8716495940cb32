package dev.relay.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.InboxFile;
import dev.relay.client.Relay;
import dev.relay.client.RelayDeadLettered;
import dev.relay.client.SendHandle;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Agents with a persistent inbox, killed with SIGKILL while they handle messages. Each life must apply something before it dies, or the bus would rightly call
 * the message that is always there a poisonous one. {@code -Drelay.kills=N} for more than the short run.
 */
class EffectOnceIT {
    private static final int KILLS = Integer.getInteger("relay.kills", 25);
    private static final int AHEAD = 400;

    private final SplittableRandom random = new SplittableRandom();
    private final List<Process> children = new ArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private RelayDaemon daemon;

    @BeforeEach
    void startDaemon() throws IOException {
        dir = Files.createTempDirectory("relay-once");
        Path run = Files.createDirectory(
                dir.resolve("run"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        daemon = RelayDaemon.start(DaemonConfig.of(run.resolve("relay.sock"), dir.resolve("data")));
    }

    @AfterEach
    void stop() throws IOException {
        killChildren();
        daemon.close();
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void killChildren() {
        children.forEach(Process::destroyForcibly);
        children.forEach(child -> child.onExit().join());
    }

    @Test
    void I8_shouldBookEachFillOnceInTheApplicationsOwnTransactionOverKills() throws Exception {
        Path file = dir.resolve("ledger.db");
        long sent = killWhileSending(FillLedger.class, file, () -> rows(file, "SELECT count(*) FROM fill"));
        assertThat(rows(file, "SELECT count(*) FROM fill")).isEqualTo(sent);
        assertThat(rows(file, "SELECT count(DISTINCT quantity) FROM fill")).isEqualTo(sent);
        assertThat(rows(
                        file,
                        "SELECT count(*) FROM fill a JOIN fill b ON b.rowid = a.rowid + 1"
                                + " WHERE CAST(b.quantity AS INTEGER) != CAST(a.quantity AS INTEGER) + 1"))
                .isZero();
    }

    @Test
    void I8_shouldApplyEachMessageOnceToTheStateInAnInboxFileOverKills() throws Exception {
        Path file = dir.resolve("ledger.inbox");
        LongSupplier size = () -> file.toFile().length();
        long sent = killWhileSending(CountingAgent.class, file, size);
        CountingAgent.State wanted = LongStream.range(0, sent)
                .boxed()
                .reduce(new CountingAgent.State(0, 0), CountingAgent.State::apply, (a, b) -> b);
        killChildren();
        try (InboxFile inbox = InboxFile.at(file)) {
            assertThat(CountingAgent.State.of(inbox.state("source", "message"))).isEqualTo(wanted);
        }
    }

    private long killWhileSending(Class<?> agent, Path file, LongSupplier progress) throws Exception {
        try (Relay source = Relay.builder("source").socket(daemon.socket()).connect()) {
            source.control("agents.add", Map.of("name", "ledger"));
            List<SendHandle> handles = new ArrayList<>();
            for (int kill = 0; kill <= KILLS; kill++) {
                Process child = start(agent, file);
                for (int i = 0; i < AHEAD; i++) {
                    handles.add(source.send(
                            "ledger",
                            "fill",
                            Map.of("symbol", "BTC-USDT", "quantity", String.valueOf(handles.size()))));
                }
                if (kill < KILLS) {
                    killInTheMiddle(child, progress);
                }
            }
            source.sendAndWait("ledger", "last", null, Duration.ofSeconds(60)).by();
            return handles.size();
        } catch (RelayDeadLettered e) {
            assertThat(e.reason()).isEqualTo("NO_HANDLER"); // it came behind all others, whose lane is empty now
            return (long) (KILLS + 1) * AHEAD;
        }
    }

    private void killInTheMiddle(Process child, LongSupplier progress) throws InterruptedException {
        long before = progress.getAsLong();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> progress.getAsLong() > before);
        LockSupport.parkNanos(random.nextLong(30_000_000L));
        child.destroyForcibly();
        assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    private Process start(Class<?> agent, Path file) throws IOException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path")
                                + File.pathSeparator
                                + System.getProperty("surefire.test.class.path", ""),
                        agent.getName(),
                        daemon.socket().toString(),
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("agent.log").toFile())
                .start();
        children.add(child);
        return child;
    }

    private static long rows(Path file, String query) {
        try (Connection db = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = db.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            return rows.getLong(1);
        } catch (SQLException e) {
            return -1; // not there yet
        }
    }
}
