package dev.relay.sidecar.venue.okx;

import dev.relay.sidecar.book.BookRules;
import dev.relay.sidecar.book.SequenceRule;
import dev.relay.sidecar.book.SnapshotSource;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.InstrumentList;
import dev.relay.sidecar.venue.SnapshotApi;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.VenueLimits;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * OKX v5, channel {@code books} (400 levels). Proof, chosen at the snapshot: with seqId every change must name its
 * predecessor; without it the CRC32 over 25 levels must hold (recordings made before the ids existed).
 *
 * @param rest base URI of the REST API
 * @param stream full URI of the public WebSocket
 */
public record OkxVenue(URI rest, URI stream) implements Venue {
    /** 480 subscribe requests an hour a connection; idle connections are closed after 30 s. */
    private static final VenueLimits LIMITS = new VenueLimits(60, 350, 20_000, 3_000, 0, 600);

    private static final int WINDOW = 400;

    @Override
    public String name() {
        return "OKX";
    }

    @Override
    public VenueLimits limits() {
        return LIMITS;
    }

    @Override
    public BookRules rules(int publishedDepth) {
        return BookRules.streamed(SequenceRule.LINKED, new OkxChecksum(), SnapshotSource.EITHER, publishedDepth)
                .proving(WINDOW);
    }

    @Override
    public CompletableFuture<InstrumentList> instruments(Access access, List<String> wanted) {
        CompletableFuture<InstrumentList> all =
                CompletableFuture.completedFuture(new InstrumentList(List.of(), new TreeMap<>(), 0));
        for (String kind : OkxRest.kinds(wanted)) {
            all = all.thenCombine(
                    access.rest()
                            .get("/api/v5/public/instruments?instType=" + kind)
                            .thenApply(answer -> InstrumentList.from(answer, OkxRest::instruments)),
                    OkxVenue::join);
        }
        return all;
    }

    private static InstrumentList join(InstrumentList one, InstrumentList other) {
        List<Instrument> instruments = new ArrayList<>(one.instruments());
        instruments.addAll(other.instruments());
        TreeMap<String, String> refused = new TreeMap<>(one.refused());
        refused.putAll(other.refused());
        return new InstrumentList(instruments, refused, 0);
    }

    @Override
    public StreamCodec codec(int publishedDepth) {
        return new OkxCodec();
    }

    @Override
    public @Nullable SnapshotApi snapshots() {
        return OkxRest.INSTANCE;
    }
}
