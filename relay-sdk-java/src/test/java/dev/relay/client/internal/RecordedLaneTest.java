package dev.relay.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.internal.Wire.Frame;
import dev.relay.protocol.Frames;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the application has recorded as finished in an earlier life of its process (I8). */
class RecordedLaneTest {
    private final Wire wire = new Wire();

    private void restore(String store, long seq) {
        wire.session.restore(List.of(new LaneFloor(store, "bob", MessageClass.MESSAGE, Wire.EPOCH, seq)));
        wire.open(false);
        wire.lane(1, "bob", "message", 0, 0);
    }

    @Test
    void I8_shouldAckWithoutAHandlerWhatAnEarlierLifeHasFinished() {
        restore("store-1", 2);
        wire.deliver(1, 1);
        wire.deliver(1, 2);
        wire.deliver(1, 3);
        assertThat(wire.start().seq()).isEqualTo(3);
        assertThat(wire.pump("ACK")).map(Frame::seq).containsExactly(2L);
    }

    @Test
    void I9_shouldIgnoreARecordOfAnotherStore() {
        restore("store-of-yesterday", 2);
        wire.deliver(1, 1);
        assertThat(wire.start().seq()).isEqualTo(1);
    }

    @Test
    void I8_shouldRecordInLaneOrderOnly() {
        restore("store-1", 0);
        wire.deliver(1, 1);
        wire.deliver(1, 2);
        wire.deliver(1, 3);
        Inbound first = wire.start();
        assertThat(first.storeUuid()).isEqualTo("store-1");
        wire.session.returned(first, false);
        Inbound second = wire.start();
        assertThat(wire.session.recordable(second)).isNull();
        wire.session.recorded(second);
        wire.session.returned(second, true);
        assertThat(wire.session.recordable(first)).isSameAs(second);
        wire.session.recorded(first);
        wire.session.ack(first);
        assertThat(wire.session.recordable(wire.start())).isNotNull();
    }

    @Test
    void I8_shouldNotRecordPastAFailedMessageUntilItIsSkipped() {
        restore("store-1", 0);
        wire.deliver(1, 1);
        wire.deliver(1, 2);
        Inbound first = wire.start();
        wire.session.returned(first, false);
        Inbound second = wire.start();
        wire.session.failed(first, Frames.NACK_ERROR, 0, new byte[0]);
        wire.session.recorded(second);
        assertThat(wire.session.recordable(second)).isNull();
        wire.skip(1, 1, 1);
        assertThat(wire.session.recordable(second)).isSameAs(second);
    }
}
