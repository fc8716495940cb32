package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.Limits;
import dev.relay.protocol.MessageHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What others got wrong (D1, D6, D12, D16, D20) and what order must not depend on (I14), each played through as it was observed. */
class DefectsTest extends HeartTest {
    private static final int LARGEST_PAYLOAD = Limits.MAX_FRAME_BYTES - MessageHeader.BYTES;

    private Peer recipient(int credit) {
        Peer recipient = heart.join("recipient");
        recipient.credit(credit);
        return recipient;
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    /** Acks all that it is given until nothing more comes. */
    private List<Long> readAll(Peer recipient) {
        List<Long> seen = new ArrayList<>();
        for (List<Got> some = recipient.deliveries(); !some.isEmpty(); some = recipient.deliveries()) {
            some.forEach(delivered -> seen.add(delivered.seq()));
            recipient.ack(some.get(some.size() - 1));
            heart.advanceMs(Heart.STEP_MS);
        }
        return seen;
    }

    @Test
    void D1_I1_shouldHandOverEveryOneOfThreeThousandThatAFastSenderWasToldAreSafe() {
        Peer recipient = recipient(16);
        Peer sender = sender();
        long told = 0;
        for (long seq = 1; seq <= 3_000; seq++) {
            sender.send(1, seq, 0, "m");
            if (seq % 1_000 == 0) {
                heart.advanceMs(Heart.STEP_MS);
                told = sender.take(FrameType.SENT).stream()
                        .mapToLong(Got::seq)
                        .max()
                        .orElse(told);
            }
        }
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
        assertThat(told).isEqualTo(3_000);
        assertThat(readAll(recipient)).isEqualTo(upTo(3_000));
    }

    @Test
    void D6_I1_shouldGiveAgainWhatWasWrittenToASocketAndNeverAcked() {
        recipient(100).die();
        Peer sender = sender();
        for (int seq = 1; seq <= 10; seq++) {
            sender.send(1, seq, 0, "m");
        }
        heart.turn();
        Peer first = recipient(100);
        assertThat(first.seqs()).isEqualTo(upTo(10));
        first.goodbye();
        assertThat(recipient(100).deliveries()).extracting(Got::seq).isEqualTo(upTo(10));
        heart.crash();
        assertThat(recipient(100).seqs()).isEqualTo(upTo(10));
    }

    @Test
    void D12_I27_shouldDeliverTheLargestMessageHoweverItComes() {
        Peer watcher = heart.join("watcher");
        watcher.credit(100);
        watcher.control("shadow.start", "agent", "recipient");
        recipient(100).die();
        Peer sender = sender();
        sender.send(1, 1, 0, "x".repeat(LARGEST_PAYLOAD));
        heart.turn();
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
        heart.crash();
        Peer recipient = recipient(100);
        heart.advanceMs(200);
        Got delivered = recipient.one(FrameType.DELIVER);
        assertThat(Frames.len(delivered.b(), 0)).isEqualTo(Limits.MAX_FRAME_BYTES);
        recipient.nack(delivered, Frames.NACK_REFUSED);
        heart.turn();
        Peer operator = heart.join("operator");
        List<?> letters =
                (List<?>) Objects.requireNonNull(operator.control("dlq.ls").get("dead_letters"));
        Object no = ((Map<?, ?>) letters.get(0)).get("no");
        assertThat(operator.control("dlq.redrive", "no", Objects.requireNonNull(no))
                        .get("ok"))
                .isEqualTo(true);
        heart.turn();
        Got again = recipient.one(FrameType.DELIVER);
        assertThat(Frames.len(again.b(), 0)).isEqualTo(Limits.MAX_FRAME_BYTES);
        assertThat(watcher.deliveries()).allMatch(copy -> Frames.len(copy.b(), 0) <= Limits.MAX_FRAME_BYTES);
    }

    @Test
    void D16_I12_shouldReplayMoreThanAPageBeforeWhatIsSentMeanwhile() {
        recipient(100).die();
        Peer sender = sender();
        for (int seq = 1; seq <= 1_500; seq++) {
            sender.send(1, seq, 0, "m");
        }
        heart.turn();
        heart.crash();
        sender = sender.reconnect();
        sender.bind(1, "recipient", "resolved_to", 1_500L);
        Peer recipient = recipient(50);
        List<Long> seen = new ArrayList<>();
        for (long seq = 1_501; seq <= 1_600; seq++) {
            sender.send(1, seq, 0, "live");
            seen.addAll(readSome(recipient));
        }
        seen.addAll(readAll(recipient));
        assertThat(seen).isEqualTo(upTo(1_600));
    }

    private List<Long> readSome(Peer recipient) {
        heart.advanceMs(Heart.STEP_MS);
        List<Got> some = recipient.deliveries();
        if (!some.isEmpty()) {
            recipient.ack(some.get(some.size() - 1));
        }
        return some.stream().map(Got::seq).toList();
    }

    /** The wall clock runs backwards, and so do the ids, which clients make of their own clocks. */
    @Test
    void I14_shouldKeepTheOrderOfSendingWhateverClocksAndIdsSay() {
        Peer recipient = recipient(3);
        Peer sender = sender();
        for (int seq = 1; seq <= 20; seq++) {
            heart.clock.wallMs -= 3_600_000;
            sender.idLsb = 1_000 - 2L * seq;
            sender.send(1, seq, seq % 3 == 0 ? Flags.REQUIRE_DISK : 0, 60_000_000 - seq, HeaderBlock.EMPTY, "m");
            heart.turn();
        }
        List<Long> first = recipient.seqs();
        recipient.die();
        heart.clock.wallMs += 360_000_000;
        heart.crash();
        List<Long> seen = readAll(recipient(7));
        assertThat(first).isEqualTo(upTo(3));
        assertThat(seen).isEqualTo(upTo(20));
    }

    /** It says when a retry is due and who is silent, never what comes first. */
    @ParameterizedTest(name = "{0} ms a step")
    @ValueSource(longs = {0, 20_000, -20_000})
    void I14_shouldKeepTheOrderOfSendingWhereverTheMonotonicClockGoes(long stepMs) {
        Peer recipient = recipient(5);
        Peer sender = sender();
        Set<Long> seen = new LinkedHashSet<>();
        for (int seq = 1; seq <= 40; seq++) {
            heart.clock.nowNs += stepMs * 1_000_000;
            heart.bus.onTimer();
            sender.send(1, seq, seq % 3 == 0 ? Flags.REQUIRE_DISK : 0, "m");
            heart.turn();
            handleSome(recipient, seen);
            if (seq == 20) {
                heart.crash();
                sender = resumed(sender, seq);
                recipient = recipient(5);
            }
        }
        for (int second = 0; second < 1_000 && seen.size() < 40; second++) {
            heart.liveMs(1_000, sender, recipient);
            handleSome(recipient, seen);
        }
        assertThat(seen).containsExactlyElementsOf(upTo(40));
    }

    /** Fails every fifth message once; what it has in hand behind that comes again. */
    private static void handleSome(Peer recipient, Set<Long> seen) {
        recipient.say(b -> FrameWriter.pong(b, 1));
        for (Got got : recipient.deliveries()) {
            if (got.seq() % 5 == 0 && got.attempt() == 1) {
                recipient.nack(got, Frames.NACK_ERROR);
                return;
            }
            seen.add(got.seq());
            recipient.ack(got);
        }
    }

    /** As an SDK does after a crash of the daemon: what it has no receipt for is sent again. */
    private static Peer resumed(Peer before, long last) {
        long told =
                before.take(FrameType.SENT).stream().mapToLong(Got::seq).max().orElse(0);
        Peer sender = before.reconnect();
        sender.bind(1, "recipient", "resolved_to", told);
        sender.idLsb = told + 1;
        for (long seq = told + 1; seq <= last; seq++) {
            sender.send(1, seq, Flags.RESENT, "m");
        }
        return sender;
    }

    @Test
    void D20_shouldServeAnOnlinePairWithoutTheDisk() {
        Peer recipient = recipient(100);
        Peer sender = sender();
        heart.turn();
        int before = heart.store.commits;
        for (int seq = 1; seq <= 1_000; seq++) {
            sender.send(1, seq, 0, "m");
            recipient.ack(recipient.one(FrameType.DELIVER));
            heart.turn();
            assertThat(sender.one(FrameType.SENT).by()).isEqualTo(Frames.BY_ACK);
        }
        assertThat(heart.store.commits - before).as("the lane itself").isLessThanOrEqualTo(1);
        assertThat(heart.counter(Counter.FRAMES_WRITTEN)).isZero();
    }

    @Test
    void D20_shouldWriteABacklogOnceAndInFewCommits() throws IOException {
        recipient(100).die();
        Peer sender = sender();
        heart.turn();
        int commits = heart.store.commits;
        long bytes = storedBytes();
        for (int seq = 1; seq <= 1_000; seq++) {
            sender.send(1, seq, 0, "x".repeat(1_000));
            if (seq % 250 == 0) {
                heart.turn();
            }
        }
        assertThat(heart.store.commits - commits).isLessThanOrEqualTo(5);
        assertThat(heart.counter(Counter.FRAMES_WRITTEN)).isEqualTo(1_000);
        assertThat(storedBytes() - bytes)
                .as("in the log, and once more in the file")
                .isBetween(1_000_000L, 2_500_000L);
    }

    private long storedBytes() throws IOException {
        try (Stream<Path> files = Files.walk(dir)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @Test
    void D2_R2_shouldRefuseWhatIsBehindARefusalUnderItsOwnCode() {
        recipient(10);
        Peer sender = sender();
        sender.bind(2, "nobody");
        sender.send(2, 1, 0, "one");
        sender.send(2, 2, 0, "two");
        assertThat(sender.take(FrameType.REFUSED))
                .extracting(Got::code)
                .containsExactly(ErrorCode.NO_SUCH_RECIPIENT.number(), ErrorCode.PRECEDING_REFUSED.number());
    }
}
