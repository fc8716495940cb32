package dev.relay.sidecar.venue.binance;

import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.SnapshotApi;
import java.io.IOException;
import java.util.List;

/** GET /api/v3/depth. */
enum BinanceSnapshots implements SnapshotApi {
    INSTANCE;

    private static final List<Integer> LIMITS = List.of(5_000, 1_000);

    @Override
    public List<Integer> limits() {
        return LIMITS;
    }

    @Override
    public int weight(int limit) {
        return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1_000 ? 50 : 250;
    }

    @Override
    public String path(Instrument instrument, int limit) {
        return "/api/v3/depth?symbol=" + instrument.venueSymbol() + "&limit=" + limit;
    }

    @Override
    public int usedWeight(RestResponse answer) {
        try {
            return Integer.parseInt(answer.header("X-MBX-USED-WEIGHT-1M").orElse("-1"));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    @Override
    public Delta read(byte[] body, Instrument instrument) throws IOException {
        return BinanceRest.snapshot(body, instrument);
    }
}
