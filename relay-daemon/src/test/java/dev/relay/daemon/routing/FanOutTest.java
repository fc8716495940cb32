package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import java.util.List;
import java.util.Map;
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

    private static Map<String, Object> floor(long epoch) {
        return Map.of("sender", "sender", "class", "topic", "epoch", epoch, "seq", 1L);
    }

    private Peer subscriber(String name) {
        Peer peer = heart.join(name);
        peer.control("subscribe", "topic", "px.*", "durable", true);
        return peer;
    }
}
