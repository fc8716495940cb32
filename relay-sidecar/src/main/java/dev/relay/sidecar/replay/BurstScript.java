package dev.relay.sidecar.replay;

import com.fasterxml.jackson.databind.node.MissingNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A synthetic burst in Binance Spot's form. Its frames are made beforehand, so that serving them costs next to nothing. */
final class BurstScript extends BinanceScript {
    private static final int CLUMP = 8;

    private final Map<String, String> snapshots = new TreeMap<>();

    BurstScript(BurstProfile profile) {
        List<BurstBook> made = books(profile);
        made.forEach(book -> {
            snapshots.put(book.symbol, book.snapshot());
            books.put(book.symbol, new ModelBook());
            decimals(book.symbol).atLeast(2, 3);
        });
        each(profile, made, (book, firstId, atNs) -> {
            BigDecimal ts = BigDecimal.valueOf(1_000_000_000L + atNs, 9);
            String text = book.frame(firstId, ts.movePointRight(3).longValue());
            frames().add(new Frame(ts, text, stream(book.symbol), book.symbol, MissingNode.getInstance()));
        });
    }

    /** Takes one frame: the book after it, its first id, and when it is due. */
    interface Step {
        void frame(BurstBook book, long firstId, long atNs);
    }

    static List<BurstBook> books(BurstProfile profile) {
        List<BurstBook> made = new ArrayList<>();
        for (int i = 0; i < profile.symbols(); i++) {
            made.add(new BurstBook(profile.symbol(i), profile.seed() + i));
        }
        return made;
    }

    /** The same profile gives the same frames every time. One in four frames is the first of a clump. */
    static void each(BurstProfile profile, List<BurstBook> made, Step step) {
        SplittableRandom random = new SplittableRandom(profile.seed());
        double meanNs = 1e9 / profile.framesPerSecond();
        double atNs = 0;
        int left = 0;
        for (int i = 0; i < profile.frames(); i++) {
            if (left == 0) {
                left = random.nextInt(4) == 0 ? CLUMP : 1;
                atNs += -Math.log(1 - random.nextDouble()) * meanNs * left;
            }
            left--;
            BurstBook book = made.get(random.nextInt(made.size()));
            long firstId = book.id + 1;
            book.step(profile.levelsPerFrame(), profile.isFalling());
            step.frame(book, firstId, (long) atNs);
        }
    }

    static String stream(String symbol) {
        return symbol.toLowerCase(Locale.ROOT) + "@depth@100ms";
    }

    @Override
    protected @Nullable Frame take(BigDecimal ts, String text) {
        return null;
    }

    @Override
    @Nullable
    String answer(String path, Map<String, List<String>> query, String body) {
        if (!path.equals("/api/v3/depth")) {
            return super.answer(path, query, body);
        }
        String symbol = query.getOrDefault("symbol", List.of("")).get(0);
        book(symbol).isStarted = true;
        return snapshots.get(symbol);
    }

    @Override
    String onDue(Frame frame) {
        return frame.text();
    }
}
