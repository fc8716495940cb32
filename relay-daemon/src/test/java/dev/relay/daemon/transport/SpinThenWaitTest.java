package dev.relay.daemon.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Clock;
import io.netty.channel.SelectStrategy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SpinThenWaitTest {
    private static final long SPIN_NS = 50_000;

    private final AtomicLong nowNs = new AtomicLong(Long.MAX_VALUE - 20_000); // runs over on the way
    private final AtomicInteger ready = new AtomicInteger();
    private final SpinThenWait waiting = new SpinThenWait(
            new Clock() {
                @Override
                public long nanoTime() {
                    return nowNs.get();
                }

                @Override
                public long wallMs() {
                    return 0;
                }
            },
            SPIN_NS);

    private int next(boolean hasTasks) throws Exception {
        return waiting.calculateStrategy(ready::get, hasTasks);
    }

    @Test
    void shouldGoRoundWhileTheLastWorkIsYoungThenSleep() throws Exception {
        assertThat(next(false)).isEqualTo(SelectStrategy.CONTINUE);
        nowNs.addAndGet(SPIN_NS - 1);
        assertThat(next(false)).isEqualTo(SelectStrategy.CONTINUE);
        nowNs.addAndGet(1);
        assertThat(next(false)).isEqualTo(SelectStrategy.SELECT);
    }

    @Test
    void shouldBeginAnewWithEveryReadAndEveryTask() throws Exception {
        nowNs.addAndGet(SPIN_NS);
        ready.set(3);
        assertThat(next(false)).isEqualTo(3);
        ready.set(0);
        nowNs.addAndGet(SPIN_NS - 1);
        assertThat(next(true)).isZero();
        nowNs.addAndGet(SPIN_NS - 1);
        assertThat(next(false)).isEqualTo(SelectStrategy.CONTINUE);
        nowNs.addAndGet(1);
        assertThat(next(false)).isEqualTo(SelectStrategy.SELECT);
    }
}
