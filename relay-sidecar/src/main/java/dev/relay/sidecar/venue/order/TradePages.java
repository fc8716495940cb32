package dev.relay.sidecar.venue.order;

import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.VenueAnswer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads a list of trades page after page, one request at a time, and answers once with all of it, oldest first. A list of
 * more than {@value #MOST_PAGES} pages is in doubt: a part must never pass for the whole, since what is behind it would
 * count as booked. Thread "orders".
 */
public final class TradePages {
    static final int MOST_PAGES = 400;

    private final Request request;
    private final boolean isNewestFirst;
    private final Consumer<VenueAnswer> answer;
    private final List<OrderReport> found = new ArrayList<>();
    private int pages;

    /** Asks for the page that {@code token} names, the first one for an empty one; answered with a {@link VenueAnswer.Page}. */
    public interface Request {
        void ask(String token, Consumer<VenueAnswer> answer);
    }

    private TradePages(Request request, boolean isNewestFirst, Consumer<VenueAnswer> answer) {
        this.request = request;
        this.isNewestFirst = isNewestFirst;
        this.answer = answer;
    }

    /** Reads all pages, {@code isNewestFirst} as the venue lists them. */
    public static void read(Request request, boolean isNewestFirst, Consumer<VenueAnswer> answer) {
        new TradePages(request, isNewestFirst, answer).next("");
    }

    private void next(String token) {
        request.ask(token, this::onPage);
    }

    private void onPage(VenueAnswer told) {
        if (!(told instanceof VenueAnswer.Page page)) {
            answer.accept(told);
            return;
        }
        found.addAll(page.reports());
        if (page.next().isEmpty()) {
            if (isNewestFirst) {
                Collections.reverse(found);
            }
            answer.accept(new VenueAnswer.Reported(List.copyOf(found)));
        } else if (++pages == MOST_PAGES) {
            answer.accept(new VenueAnswer.InDoubt("more trades than can be read at once, pages=" + pages));
        } else {
            next(page.next());
        }
    }
}
