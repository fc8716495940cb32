package dev.relay.sidecar.book;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MarketTapeTest {
    private static final Scale SCALE = new Scale(2);

    private final MarketTape tape = new MarketTape();

    private void trade(long id) {
        tape.trade(id, id * 10, 1, true, id, SCALE, SCALE);
    }

    private List<Long> drain(int most) {
        List<Long> numbers = new ArrayList<>();
        int count = tape.drain(most, trade -> numbers.add(trade.number()));
        assertThat(count).isEqualTo(numbers.size());
        return numbers;
    }

    @Test
    void shouldHandOverTradesInOrderAndOnce() {
        for (long id = 1; id <= 5; id++) {
            trade(id);
        }
        assertThat(tape.hasNews()).isTrue();
        assertThat(drain(3)).containsExactly(1L, 2L, 3L);
        assertThat(drain(10)).containsExactly(4L, 5L);
        assertThat(drain(10)).isEmpty();
        assertThat(tape.hasNews()).isFalse();
    }

    @Test
    void shouldLeaveOutAndCountWhatFindsTheRingFullAndShowTheHoleInTheNumbers() {
        for (long id = 1; id <= MarketTape.CAPACITY + 7; id++) {
            trade(id);
        }
        assertThat(tape.lost()).isEqualTo(7);
        assertThat(drain(Integer.MAX_VALUE / 2)).hasSize(MarketTape.CAPACITY).endsWith((long) MarketTape.CAPACITY);
        trade(1);
        assertThat(drain(10)).containsExactly(MarketTape.CAPACITY + 8L);
    }

    @Test
    void shouldKeepTheNewestQuoteOnly() {
        tape.quote(1, 2, 3, 4, 5, 6, SCALE, SCALE);
        tape.quote(10, 2, 30, 4, 50, 60, SCALE, SCALE);
        BestQuote quote = tape.takeQuote();
        assertThat(quote).isNotNull();
        assertThat(quote.bid()).isEqualTo(10);
        assertThat(quote.ask()).isEqualTo(30);
        assertThat(tape.takeQuote()).isNull();
    }
}
