package dev.relay.benchmarks;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.book.SyncReason;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.SymbolTable;
import dev.relay.sidecar.venue.Ticker;
import dev.relay.sidecar.venue.Trade;
import dev.relay.sidecar.venue.VenueBook;
import dev.relay.sidecar.venue.Venues;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Per level of a depth frame of 20 levels: scanned out of its bytes, and applied to a book of 1,000 levels a side. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BookBenchmark implements FrameSink, BookSync.Port {
    private static final int LEVELS = 20;
    private static final int FRAMES = 64;
    private static final long MIDDLE = 6_000_000;

    private final StreamCodec codec = Venues.of(Venues.BINANCE_SPOT, null, null).codec(25);
    private final BookSync sync = new BookSync("BTC-USD", 25, 5_000, 100, this);
    private final VenueBook book = new VenueBook(
            new Instrument("BTC-USD", "BTCUSD", new Scale(2), new Scale(8)), sync, new BookMailbox("BTC-USD", 25));
    private final SymbolTable table = new SymbolTable(List.of(book));
    private final byte[][] frames = new byte[FRAMES][];
    private final Delta[] deltas = new Delta[FRAMES];
    private long levels;
    private long id = 1;

    /** A live book, frames and the same changes as numbers. */
    @Setup
    public void open() {
        sync.onSubscribed();
        Delta snapshot = new Delta();
        snapshot.ids(1, 1);
        for (int i = 1; i <= 1_000; i++) {
            snapshot.addBid(MIDDLE - i, 100_000_000L + i);
            snapshot.addAsk(MIDDLE + i, 100_000_000L + i);
        }
        sync.onSnapshot(snapshot, 1_000);
        for (int f = 0; f < FRAMES; f++) {
            frames[f] = frame(f).getBytes(StandardCharsets.UTF_8);
            deltas[f] = new Delta();
            for (int i = 0; i < LEVELS / 2; i++) {
                deltas[f].addBid(MIDDLE - place(f, i), quantity(f, i));
                deltas[f].addAsk(MIDDLE + place(f, i), quantity(f, i));
            }
        }
    }

    private static long place(int f, int i) {
        return 1 + (f * 7L + i * 13L) % 60;
    }

    private static long quantity(int f, int i) {
        return (f + i) % 5 == 0 ? 0 : 100_000_000L + f * 1_000L + i;
    }

    private static String frame(int f) {
        StringBuilder bids = new StringBuilder();
        StringBuilder asks = new StringBuilder();
        for (int i = 0; i < LEVELS / 2; i++) {
            level(bids, MIDDLE - place(f, i), quantity(f, i));
            level(asks, MIDDLE + place(f, i), quantity(f, i));
        }
        return "{\"stream\":\"btcusd@depth@100ms\",\"data\":{\"e\":\"depthUpdate\",\"E\":1700000000000,\"s\":\"BTCUSD\",\"U\":"
                + (f + 2) + ",\"u\":" + (f + 2) + ",\"b\":[" + bids + "],\"a\":[" + asks + "]}}";
    }

    private static void level(StringBuilder text, long price, long quantity) {
        text.append(text.length() == 0 ? "" : ",")
                .append(String.format(
                        Locale.ROOT,
                        "[\"%d.%02d\",\"%d.%08d\"]",
                        price / 100,
                        price % 100,
                        quantity / 100_000_000,
                        quantity % 100_000_000));
    }

    /** Per level: from bytes to scaled integers. */
    @Benchmark
    @OperationsPerInvocation(LEVELS * FRAMES)
    public long scan() {
        levels = 0;
        for (byte[] frame : frames) {
            StreamCodec.Reading unused = codec.read(frame, frame.length, table, this);
        }
        return levels;
    }

    /** Per level: into the book. */
    @Benchmark
    @OperationsPerInvocation(LEVELS * FRAMES)
    public BookStatus apply() {
        for (Delta delta : deltas) {
            id++;
            delta.ids(id, id);
            sync.onDelta(delta);
        }
        return sync.status();
    }

    @Override
    public void onDelta(VenueBook of, Delta delta) {
        levels += delta.lastId();
    }

    @Override
    public void onTicker(VenueBook of, Ticker ticker) {}

    @Override
    public void onTrade(VenueBook of, Trade trade) {}

    @Override
    public void onFault(VenueBook of) {
        throw new IllegalStateException("the frame is read wrongly");
    }

    @Override
    public void onGap() {
        throw new IllegalStateException("the frame is read wrongly");
    }

    @Override
    public void requestSnapshot(BookSync of) {}

    @Override
    public void changed(BookSync of) {}

    @Override
    public void transition(BookSync of, BookStatus from, BookStatus to, SyncReason reason) {}
}
