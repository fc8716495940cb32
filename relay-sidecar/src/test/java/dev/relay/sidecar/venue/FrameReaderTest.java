package dev.relay.sidecar.venue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.venue.StreamCodec.Reading;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FrameReaderTest {
    private static final SymbolTable NO_BOOKS = new SymbolTable(List.of());
    private static final FrameSink NO_SINK = new FrameSink() {
        @Override
        public void onDelta(VenueBook book, Delta delta) {}

        @Override
        public void onTicker(VenueBook book, Ticker ticker) {}

        @Override
        public void onTrade(VenueBook book, Trade trade) {}

        @Override
        public void onFault(VenueBook book) {}

        @Override
        public void onGap() {}
    };

    private final Instrument instrument = new Instrument("BTC-USD", "BTC/USD", new Scale(1), new Scale(8));
    private final FrameReader frame = new FrameReader();

    private Reading read(String text, Consumer<FrameReader> what) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return frame.read(bytes, bytes.length, NO_BOOKS, NO_SINK, (books, sink) -> {
            frame.begin();
            what.accept(frame);
            frame.json.end();
            return Reading.DATA;
        });
    }

    @Test
    void shouldReadTheSameLevelsInBothSpellings() {
        String pairs = "[[\"64000.5\",\"0.00005\",\"0\",\"1\"],[64000,2e-8]]";
        assertThat(read(pairs, reader -> reader.pairs(instrument, true))).isEqualTo(Reading.DATA);
        assertThat(frame.delta.bidCount()).isEqualTo(2);
        assertThat(frame.delta.bidPrice(0)).isEqualTo(640_005);
        assertThat(frame.delta.bidQuantity(1)).isEqualTo(2);
        String objects = "[{\"qty\":0.00005,\"n\":{\"x\":[1]},\"price\":64000.5},{\"price\":64000.0,\"qty\":2e-08}]";
        assertThat(read(objects, reader -> reader.objects(instrument, false, "price", "qty")))
                .isEqualTo(Reading.DATA);
        assertThat(frame.delta.bidCount()).isZero();
        assertThat(frame.delta.askPrice(0)).isEqualTo(640_005);
        assertThat(frame.delta.askQuantity(0)).isEqualTo(5_000);
        assertThat(frame.delta.askQuantity(1)).isEqualTo(2);
    }

    @Test
    void shouldReadIdsInQuotesOrNotAndSayThatOthersAreNone() {
        long[] id = {0};
        assertThat(read("12345", reader -> id[0] = reader.id())).isEqualTo(Reading.DATA);
        assertThat(id[0]).isEqualTo(12_345);
        assertThat(read("\"77\"", reader -> id[0] = reader.id())).isEqualTo(Reading.DATA);
        assertThat(id[0]).isEqualTo(77);
        assertThat(read("\"a-7\"", reader -> id[0] = reader.id())).isEqualTo(Reading.DATA);
        assertThat(id[0]).isEqualTo(-1);
    }

    @Test
    void shouldCallWhatIsNotJsonBroken() {
        assertThat(read("[[\"1\",", reader -> reader.pairs(instrument, true))).isEqualTo(Reading.BROKEN);
        assertThat(read("[{\"price\" 1}]", reader -> reader.objects(instrument, true, "price", "qty")))
                .isEqualTo(Reading.BROKEN);
    }
}
