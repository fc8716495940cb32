package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.store.KeptRows;
import dev.relay.daemon.store.Recovered;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.MessageHeader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Age limits over restarts and clock jumps. */
class AgeTest extends HeartTest {
    private static final int TTL_MS = 60_000;

    @BeforeEach
    void storeOneWithAnAgeLimit() {
        heart.join("recipient").die();
        Peer sender = heart.join("sender");
        sender.bind(1, "recipient");
        sender.send(1, 1, 0, TTL_MS, HeaderBlock.EMPTY, "old soon");
        heart.turn();
    }

    private Peer back() {
        Peer recipient = heart.join("recipient");
        recipient.credit(10);
        return recipient;
    }

    @Test
    void I32_shouldIgnoreTheWallClockOverARestartOfTheDaemon() {
        heart.clock.wallMs += 3_600_000;
        heart.crash();
        heart.advanceMs(1_000);
        Got delivered = back().one(FrameType.DELIVER);
        assertThat(MessageHeader.ttlMs(delivered.b(), 0)).isBetween(TTL_MS - 2_000L, TTL_MS - 1_000L);
        assertThat(delivered.b().getLong(56)).isZero();
    }

    @Test
    void I32_shouldExpireByTheMonotonicClockOverARestartOfTheDaemon() {
        heart.clock.wallMs -= 3_600_000;
        heart.crash();
        heart.advanceMs(TTL_MS + 1);
        assertThat(back().stream()).containsExactly("skip 1");
    }

    private static Recovered rebooted(Recovered r) {
        KeptRows.Kept k = r.kept();
        return r.with(new KeptRows.Kept(
                r.bootNo(), k.lastDeadLetter(), k.lastJournal(), k.laneOptions(), k.appIds(), k.documents()));
    }

    @Test
    void I32_shouldExpireByTheWallDeadlineOverAReboot() {
        heart.clock.nowNs = 5_000_000_000L;
        heart.clock.wallMs += TTL_MS + 1;
        heart.crash(AgeTest::rebooted);
        heart.advanceMs(Heart.STEP_MS);
        assertThat(back().stream()).containsExactly("skip 1");
    }

    @Test
    void I32_shouldExpireByTheRemainingTimeOverAReboot() {
        heart.clock.nowNs = 5_000_000_000L;
        heart.clock.wallMs -= 3_600_000;
        heart.crash(AgeTest::rebooted);
        heart.advanceMs(TTL_MS - 1_000);
        Peer early = back();
        early.one(FrameType.DELIVER);
        early.die();
        heart.advanceMs(2_000);
        assertThat(back().stream()).containsExactly("skip 1");
    }
}
