package dev.relay.sidecar.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.client.redis.RedisAddress;
import dev.relay.sidecar.net.SidecarClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * R1: everything Redis can do wrong under a moving feed, with a reader that verifies each book it is given. Twice each by
 * default; {@code -Drelay.r1.repetitions=50} for the long run.
 */
class RedisFaultIT {
    private static final int REPETITIONS = Integer.getInteger("relay.r1.repetitions", 2);
    /** Recovery is measured in a process that shares its machine; the long run states the figure. */
    private static final long RECOVERY_LIMIT_MS = Long.getLong("relay.r1.recovery.ms", 5_000);

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final long MAX_STALE_MS = 1_000;

    @TempDir
    Path dir = Path.of("");

    private Parts parts = Parts.NONE;

    private record Parts(
            FaultyRedis redis, FaultProxy proxy, MovingFeed feed, RedisPublisher publisher, VerifyingReader reader) {
        @SuppressWarnings("NullAway") // replaced before each test
        static final Parts NONE = new Parts(null, null, null, null, null);
    }

    /** A fault, how it ends, and whether it lasts long enough that readers must notice. */
    private enum Fault {
        KILLED_AND_EMPTY(true) {
            @Override
            void inject(Parts parts) {
                parts.redis().kill();
            }

            @Override
            void heal(Parts parts) throws IOException {
                parts.redis().start();
            }
        },
        OUT_OF_MEMORY(true) {
            @Override
            void inject(Parts parts) {
                parts.redis().outOfMemory();
            }

            @Override
            void heal(Parts parts) {
                parts.redis().enoughMemory();
            }
        },
        READONLY(true) {
            @Override
            void inject(Parts parts) {
                parts.redis().becomeReplica();
            }

            @Override
            void heal(Parts parts) {
                parts.redis().becomeMaster();
            }
        },
        MISCONF(true) {
            @Override
            void inject(Parts parts) {
                parts.redis().loseDirectory();
            }

            @Override
            void heal(Parts parts) {
                parts.redis().findDirectory();
            }
        },
        /** Stopped for 1.5 s (5 s in the long run); the reader is stopped with it, and must not believe what it reads after. */
        STOPPED(false) {
            @Override
            void inject(Parts parts) {
                parts.redis().signal("STOP");
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(REPETITIONS > 2 ? 5_000 : 1_500));
            }

            @Override
            void heal(Parts parts) {
                parts.redis().signal("CONT");
            }
        },
        LINK_STALLED(true) {
            @Override
            void inject(Parts parts) {
                parts.proxy().stall();
            }

            @Override
            void heal(Parts parts) {
                parts.proxy().heal();
            }
        },
        LINK_RESET(true) {
            @Override
            void inject(Parts parts) {
                parts.proxy().reset();
            }

            @Override
            void heal(Parts parts) {
                parts.proxy().heal();
            }
        },
        PASSWORD_CHANGED(true) {
            @Override
            void inject(Parts parts) {
                parts.redis().changePassword();
            }

            @Override
            void heal(Parts parts) {
                parts.redis().restorePassword();
            }
        },
        FLUSHED(false) {
            @Override
            void inject(Parts parts) {
                parts.redis().flush();
            }

            @Override
            void heal(Parts parts) {}
        };

        private final boolean isNoticed;

        Fault(boolean isNoticed) {
            this.isNoticed = isNoticed;
        }

        abstract void inject(Parts parts) throws IOException;

        abstract void heal(Parts parts) throws IOException;
    }

    @BeforeEach
    void start() throws IOException {
        FaultyRedis redis = new FaultyRedis(dir);
        FaultProxy proxy = new FaultProxy(redis.port());
        MovingFeed feed = new MovingFeed();
        RedisAddress address = RedisAddress.parse("127.0.0.1:" + proxy.port());
        RedisPublisher publisher = new RedisPublisher(
                address,
                () -> {},
                new RedisLayout("BINANCE", RedisLayout.DEFAULT_TEMPLATE),
                feed.feed,
                SidecarClock.system(),
                System.currentTimeMillis(),
                100);
        publisher.start(RedisPublisher.connect(address));
        feed.start(publisher);
        VerifyingReader reader = new VerifyingReader(redis.address(), feed);
        parts = new Parts(redis, proxy, feed, publisher, reader);
        reader.start();
    }

    @AfterEach
    void stop() throws IOException {
        parts.reader().close();
        parts.publisher().close();
        parts.feed().close();
        parts.proxy().close();
        parts.redis().close();
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void R1_shouldNeverShowAWrongBookAndRecoverFrom(Fault fault) throws IOException {
        long slowestMs = 0;
        for (int i = 0; i < REPETITIONS; i++) {
            awaitNewer(parts.feed().seq());
            fault.inject(parts);
            if (fault.isNoticed) {
                awaitRefusal();
            }
            fault.heal(parts);
            long healedNs = System.nanoTime();
            awaitNewer(parts.feed().seq());
            slowestMs = Math.max(slowestMs, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healedNs));
        }
        VerifyingReader reader = parts.reader();
        System.out.println("R1 " + fault + " repetitions=" + REPETITIONS + " reads=" + reader.accepted() + " refused="
                + reader.refused() + " maxStaleMs=" + reader.maxStaleMs() + " slowestRecoveryMs=" + slowestMs);
        assertThat(reader.violations()).isEmpty();
        assertThat(reader.accepted()).isPositive();
        assertThat(reader.maxStaleMs()).isLessThanOrEqualTo(MAX_STALE_MS);
        assertThat(slowestMs).isLessThanOrEqualTo(RECOVERY_LIMIT_MS);
    }

    private void awaitNewer(long seq) {
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> parts.reader().newest() >= seq);
    }

    /** No book is accepted any more, and reads go on to be refused. */
    private void awaitRefusal() {
        await().atMost(SOON).pollInterval(Duration.ofMillis(20)).until(() -> {
            long accepted = parts.reader().accepted();
            long refused = parts.reader().refused();
            await().atMost(SOON)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> parts.reader().refused() > refused + 1
                            || parts.reader().accepted() > accepted);
            return parts.reader().accepted() == accepted;
        });
    }
}
