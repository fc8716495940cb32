package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A publication is safe when every durable subscription has it, whatever some of them have finished in an earlier life of the daemon. */
class FanOutTest extends HeartTest {
    /** A torture run found it: told ok by ack and resolved while the other subscriber's copy was only in memory; a crash then lost that copy. */
    @ParameterizedTest
    @ValueSource(strings = {"one", "two"})
    void I1_I37_R7_shouldNotCallAPublicationSafeThatOneOfTwoSubscribersHasFinished(String ahead) {
        Peer first = subscriber("one");
        Peer second = subscriber("two");
        Peer sender = heart.join("sender");
        (ahead.equals("one") ? first : second).die();
        Peer back = heart.connect();
        back.hello(ahead, "floors", List.of(floor(sender.epoch)));
        heart.turn();
        back.welcome();
        back.credit(100);
        heart.store.isHolding = true;
        sender.bindTopics(1);
        sender.publish(1, 1, Flags.RESENT, "px.btc", "p1");
        heart.turn();
        assertThat(sender.take(FrameType.SENT)).isEmpty();
        heart.store.release();
        heart.turn();
        assertThat(sender.one(FrameType.SENT).by()).isEqualTo(Frames.BY_DISK);
    }

    /** The simulation found it: the sender was told DEAD for the copy of a live subscriber, before the dead letter of that was on the disk. */
    @Test
    void I35_I37_shouldTellTheResultOfTheDurableSubscribersWhateverBecomesOfALiveCopy() {
        Peer durable = subscriber("one");
        Peer live = heart.join("two");
        live.control("subscribe", "topic", "px.*", "durable", false);
        durable.credit(10);
        live.credit(10);
        Peer sender = heart.join("sender");
        sender.bindTopics(1);
        sender.publish(1, 1, Flags.WANT_RESULT, "px.btc", "p1");
        heart.turn();
        heart.store.isHolding = true;
        live.nack(live.one(FrameType.DELIVER), Frames.NACK_REFUSED);
        durable.ack(durable.one(FrameType.DELIVER));
        heart.turn();
        assertThat(sender.one(FrameType.RESULT).by()).isEqualTo(Frames.ACKED);
        heart.store.release();
        heart.turn();
        assertThat(heart.counter(Counter.DEAD_LETTERED)).isEqualTo(1);
        sender.publish(1, 1, Flags.RESENT | Flags.WANT_RESULT, "px.btc", "p1");
        heart.advanceMs(100);
        assertThat(sender.one(FrameType.RESULT).by()).isEqualTo(Frames.ACKED);
    }

    private static Map<String, Object> floor(long epoch) {
        return Map.of("sender", "sender", "class", "topic", "epoch", epoch, "seq", 1L);
    }

    private Peer subscriber(String name) {
        Peer peer = heart.join(name);
        peer.control("subscribe", "topic", "px.*", "durable", true);
        return peer;
    }
}
