package dev.relay.sidecar.venue;

import dev.relay.sidecar.net.Link;
import dev.relay.sidecar.net.Loop;
import dev.relay.sidecar.venue.StreamCodec.Page;
import java.util.List;
import java.util.function.Consumer;

/**
 * Subscribes one connection page by page, each page sent when the one before is confirmed and the venue's pause is over.
 * An unanswered page ends the connection. Feed thread; one per connection.
 */
final class Subscriber {
    private static final int ANSWER_TIMEOUT_MS = 10_000;

    private final Link link;
    private final Loop loop;
    private final List<Page> pages;
    private final int pauseMs;
    private final Consumer<Page> onSent;
    private final Consumer<Page> onConfirmed;
    private final Consumer<String> onFailed;
    private int at = -1;
    private int answers;

    Subscriber(
            Link link,
            Loop loop,
            List<Page> pages,
            int pauseMs,
            Consumer<Page> onSent,
            Consumer<Page> onConfirmed,
            Consumer<String> onFailed) {
        this.link = link;
        this.loop = loop;
        this.pages = pages;
        this.pauseMs = pauseMs;
        this.onSent = onSent;
        this.onConfirmed = onConfirmed;
        this.onFailed = onFailed;
    }

    void sendNext() {
        if (++at >= pages.size()) {
            return;
        }
        Page page = pages.get(at);
        answers = 0;
        onSent.accept(page);
        if (!link.send(page.text())) {
            onFailed.accept("subscribe not sent, page=" + at);
            return;
        }
        if (page.answers() == 0) {
            confirmed(page);
            return;
        }
        int sent = at;
        loop.schedule(() -> onTimeout(sent), ANSWER_TIMEOUT_MS);
    }

    private void onTimeout(int page) {
        if (page == at && link.isOpen()) {
            onFailed.accept("subscribe unanswered, page=" + page);
        }
    }

    /** One confirmation came. */
    void onAnswer() {
        if (at < pages.size() && ++answers == pages.get(at).answers()) {
            confirmed(pages.get(at));
        }
    }

    private void confirmed(Page page) {
        onConfirmed.accept(page);
        if (at == pages.size() - 1) {
            at++;
        } else {
            loop.schedule(this::sendNext, pauseMs);
        }
    }

    boolean isLast(Page page) {
        return pages.get(pages.size() - 1).text().equals(page.text());
    }

    boolean isDone() {
        return at >= pages.size();
    }
}
