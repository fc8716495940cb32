package dev.relay.sidecar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.ThreadMXBean;
import dev.relay.sidecar.book.BookImage;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.replay.Recordings.Recording;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Parser and book over every frame of every recording, compared with the simplest model there is. */
class RecordedBooksTest {
    private static final int DEPTH = 25;
    /** An iterator over the changes that waited for a requested snapshot; nothing per frame or level. */
    private static final long BYTES_PER_SNAPSHOT = 64;
    /** Set to follow every dropped frame to the end of the recording and print what stayed unseen. */
    private static final boolean IS_FULL = Boolean.getBoolean("relay.books.full");

    /** B3: the published window is the true top after every single frame. */
    @Test
    void shouldShowTheTrueTop25AfterEveryFrame() throws Exception {
        for (Recording recording : Recordings.all("window after every frame")) {
            ReplayScript script = ReplayScript.read(recording.venue(), recording.files());
            for (String symbol : script.symbols()) {
                BookRig rig = new BookRig(script, symbol, DEPTH);
                Truth truth = begin(script, symbol, rig);
                int frames = 0;
                Truth.Top shown = new Truth.Top(List.of(), List.of());
                for (Frame frame : BookRig.framesOf(script, symbol)) {
                    truth.apply(frame);
                    rig.feed(frame.text());
                    String what = recording + " " + symbol + " frame " + ++frames;
                    assertThat(rig.isLive()).as(what).isTrue();
                    shown = image(rig, shown);
                    assertThat(shown).as(what).isEqualTo(truth.top(DEPTH));
                }
                assertThat(rig.sync.counts().gaps() + rig.sync.counts().checksumBad())
                        .isZero();
            }
        }
    }

    /** The newest publication, or the one before when the frame was already inside the snapshot. */
    private static Truth.Top image(BookRig rig, Truth.Top before) {
        BookImage image = rig.mailbox.take();
        if (image == null) {
            return before;
        }
        return new Truth.Top(
                texts(image, image.bids(), image.bidCount()), texts(image, image.asks(), image.askCount()));
    }

    private static List<String> texts(BookImage image, long[] levels, int count) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(image.priceScale().text(levels[2 * i]) + ":"
                    + image.quantityScale().text(levels[2 * i + 1]));
        }
        return texts;
    }

    static Truth begin(ReplayScript script, String symbol, BookRig rig) throws Exception {
        Truth truth = new Truth(BookRig.window(script, symbol));
        JsonNode first = BookRig.firstSnapshot(script, symbol);
        rig.sync.onSubscribed();
        if (first.isObject()) {
            truth.binanceSnapshot(first);
            rig.answer(truth);
        }
        return truth;
    }

    /** B1, B5: one frame lost, any frame, in every recording. */
    @Test
    void shouldBeRightInItsProvenLevelsAfterTheFrameThatFollowsALostOne() throws Exception {
        for (Recording recording : Recordings.all("loss of every frame")) {
            ReplayScript script = ReplayScript.read(recording.venue(), recording.files());
            int lost = 0;
            int unseen = 0;
            int wrongAtEnd = 0;
            for (String symbol : script.symbols()) {
                List<Frame> frames = BookRig.framesOf(script, symbol);
                for (int drop = 0; drop < frames.size() - 1; drop++) {
                    lost++;
                    BookRig rig = new BookRig(script, symbol, 100);
                    boolean wasSeen = run(recording, script, symbol, rig, frames, drop);
                    unseen += wasSeen ? 0 : 1;
                    wrongAtEnd += rig.isLive() && isWrong ? 1 : 0;
                }
            }
            System.out.printf(
                    "frames lost one at a time: %s lost=%d unseenAtTheNextFrame=%d%s%n",
                    recording, lost, unseen, IS_FULL ? " top100WrongAtTheEnd=" + wrongAtEnd : "");
            assertThat(lost).isGreaterThan(20);
        }
    }

    private boolean isWrong;

    /** True when the book noticed the loss at the frame that followed. */
    private boolean run(
            Recording recording, ReplayScript script, String symbol, BookRig rig, List<Frame> frames, int drop)
            throws Exception {
        Truth truth = begin(script, symbol, rig);
        boolean wasSeen = false;
        for (int i = 0; i < (IS_FULL ? frames.size() : drop + 2); i++) {
            Frame frame = frames.get(i);
            if (!(script instanceof BinanceScript)) {
                script.onDue(frame);
            }
            truth.apply(frame);
            if (i == drop) {
                continue;
            }
            rig.feed(frame.text());
            wasSeen |= i == drop + 1 && (!rig.isLive() || rig.isSnapshotAsked);
            if (i == drop + 1) {
                assertProven(recording + " " + symbol + " lost " + drop, rig, truth);
            }
            rig.answer(truth);
            if (i == drop + 1) {
                assertProven(recording + " " + symbol + " lost " + drop + ", answered", rig, truth);
            }
        }
        isWrong = IS_FULL && !rig.top(100).equals(truth.top(100));
        return wasSeen;
    }

    private static void assertProven(String what, BookRig rig, Truth truth) {
        int proven = rig.sync.provenDepth();
        if (rig.isLive()) {
            assertThat(proven).as(what).isGreaterThanOrEqualTo(10);
            assertThat(rig.top(proven)).as(what).isEqualTo(truth.top(proven));
        }
    }

    /** The path from frame bytes to the published image makes no garbage. */
    @Test
    void shouldAllocateNothingPerLevelOnceWarm() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (Recording recording : Recordings.all("allocation of parser and book")) {
            ReplayScript script = ReplayScript.read(recording.venue(), recording.files());
            for (String symbol : script.symbols()) {
                BookRig rig = new BookRig(script, symbol, 100);
                Truth truth = begin(script, symbol, rig);
                var snapshot = script instanceof BinanceScript
                        ? truth.snapshot(
                                new Scale(script.decimals(symbol).price()),
                                new Scale(script.decimals(symbol).quantity()))
                        : null;
                byte[][] frames = BookRig.framesOf(script, symbol).stream()
                        .map(frame -> frame.text().getBytes(StandardCharsets.UTF_8))
                        .toArray(byte[][]::new);
                long allocated = Long.MAX_VALUE;
                for (int round = 0; round < 5; round++) {
                    long before = threads.getThreadAllocatedBytes(
                            Thread.currentThread().getId());
                    loop(rig, snapshot, frames);
                    long bytes = threads.getThreadAllocatedBytes(
                                    Thread.currentThread().getId())
                            - before;
                    allocated = Math.min(allocated, bytes); // a round in which the JVM itself did something counts not
                }
                assertThat(rig.isLive()).isTrue();
                assertThat(allocated).as(recording + " " + symbol).isLessThanOrEqualTo(BYTES_PER_SNAPSHOT);
            }
        }
    }

    private static void loop(BookRig rig, @Nullable Delta snapshot, byte[][] frames) {
        if (snapshot != null) {
            rig.sync.onSubscribed();
            rig.sync.onSnapshot(snapshot, 5_000);
        }
        for (byte[] frame : frames) {
            rig.feed(frame);
        }
    }
}
