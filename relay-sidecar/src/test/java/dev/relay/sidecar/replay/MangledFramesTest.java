package dev.relay.sidecar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.replay.Recordings.Recording;
import dev.relay.sidecar.venue.StreamCodec.Reading;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Recorded frames with bytes changed, cut out or doubled: a parser says BROKEN or reads on, it never throws. */
class MangledFramesTest {
    private static final int ROUNDS = 4;
    private static final int MAX_BYTES = 4_000;

    @Test
    void shouldNeverThrowWhateverAFrameHolds() throws Exception {
        SplittableRandom random = new SplittableRandom(77);
        for (Recording recording : Recordings.all("mangled frames")) {
            ReplayScript script = ReplayScript.read(recording.venue(), recording.files());
            String symbol = script.symbols().iterator().next();
            BookRig rig = new BookRig(script, symbol, 25);
            rig.sync.onSubscribed();
            long tried = 0;
            for (Frame frame : script.frames()) {
                byte[] bytes = frame.text().getBytes(StandardCharsets.UTF_8);
                for (int round = 0; round < ROUNDS && bytes.length < MAX_BYTES; round++) {
                    assertThat(rig.feed(mangled(bytes, random))).isNotNull();
                    tried++;
                }
            }
            assertThat(tried).isGreaterThan(100);
        }
    }

    private static byte[] mangled(byte[] frame, SplittableRandom random) {
        byte[] copy = frame.clone();
        int at = random.nextInt(copy.length);
        switch (random.nextInt(4)) {
            case 0 -> copy[at] = (byte) random.nextInt(256);
            case 1 -> copy[at] = (byte) "0123456789eE.-+\"{}[],:".charAt(random.nextInt(22));
            case 2 -> copy = Arrays.copyOf(copy, at);
            default -> System.arraycopy(copy, 0, copy, at, Math.min(at, copy.length - at));
        }
        return copy;
    }

    /** Numbers at the edges of the scale, in every venue's spelling. */
    @Test
    void shouldFaultOnNumbersThatDoNotFit() throws Exception {
        for (Recording recording : Recordings.all("numbers that do not fit")) {
            if (!recording.venue().equals("kraken")) {
                continue;
            }
            ReplayScript script = ReplayScript.read(recording.venue(), recording.files());
            for (String number :
                    List.of("1e400", "99999999999999999999", "0.00000000000000000001", "-1", "1e", "NaN")) {
                BookRig rig = new BookRig(script, "XMR/USD", 25);
                rig.sync.onSubscribed();
                var reading = rig.feed(("{\"channel\":\"book\",\"type\":\"snapshot\",\"data\":[{\"symbol\":\"XMR/USD\","
                                + "\"bids\":[{\"price\":" + number + ",\"qty\":1}],\"asks\":[],\"checksum\":1}]}")
                        .getBytes(StandardCharsets.UTF_8));
                assertThat(rig.isFaulty || reading == Reading.BROKEN).as(number).isTrue();
                assertThat(rig.isLive()).isFalse();
            }
        }
    }
}
