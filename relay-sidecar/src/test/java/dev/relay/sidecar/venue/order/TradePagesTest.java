package dev.relay.sidecar.venue.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.order.VenueAnswer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TradePagesTest {
    private final List<String> asked = new ArrayList<>();
    private final List<VenueAnswer> got = new ArrayList<>();

    @Test
    void shouldReadToTheLastPageAndAnswerOnce() {
        TradePages.read(
                (token, page) -> {
                    asked.add(token);
                    page.accept(new VenueAnswer.Page(List.of(), asked.size() < 3 ? "p" + asked.size() : ""));
                },
                true,
                got::add);
        assertThat(asked).containsExactly("", "p1", "p2");
        assertThat(got).containsExactly(new VenueAnswer.Reported(List.of()));
    }

    @Test
    void shouldAnswerWithTheFailureOfAPage() {
        VenueAnswer lost = new VenueAnswer.InDoubt("lost");
        TradePages.read((token, page) -> page.accept(lost), false, got::add);
        assertThat(got).containsExactly(lost);
    }

    @Test
    void O8_shouldNeverTakeAPartForTheWhole() {
        TradePages.read(
                (token, page) -> {
                    asked.add(token);
                    page.accept(new VenueAnswer.Page(List.of(), "more"));
                },
                true,
                got::add);
        assertThat(asked).hasSize(TradePages.MOST_PAGES);
        assertThat(got).singleElement().isInstanceOf(VenueAnswer.InDoubt.class);
    }
}
