package dev.relay.sidecar.venue;

import dev.relay.sidecar.net.Backoff;
import dev.relay.sidecar.net.SidecarClock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the venue for the instruments of a feed, later and later until they come, and again when one may have changed. Feed
 * thread only; one question at the start and one later are under way at most.
 */
@SuppressWarnings("FutureReturnValueIgnored") // timers and completions handle their own outcome
final class InstrumentSource {
    private static final Logger LOG = LoggerFactory.getLogger(InstrumentSource.class);

    private final Venue venue;
    private final List<String> symbols;
    private final FeedRuntime runtime;
    private final SidecarClock clock;
    private final Backoff backoff;
    private final Consumer<InstrumentList> listener;
    private boolean isReloading;
    private boolean isClosed;

    InstrumentSource(FeedConfig config, FeedRuntime runtime, SidecarClock clock, Consumer<InstrumentList> listener) {
        this.venue = config.venue();
        this.symbols = config.symbols();
        this.runtime = runtime;
        this.clock = clock;
        this.backoff = Backoff.defaults(config.seed());
        this.listener = listener;
    }

    void load() {
        fetch().whenCompleteAsync(this::onLoaded, runtime.loop());
    }

    private CompletableFuture<InstrumentList> fetch() {
        return venue.instruments(new Venue.Access(runtime.rest(), runtime.loop(), runtime.transport()), symbols);
    }

    private void onLoaded(@Nullable InstrumentList list, @Nullable Throwable error) {
        if (isClosed) {
            return;
        }
        if (list != null) {
            listener.accept(list);
            return;
        }
        long delayMs = backoff.nextDelayMs(clock.monotonicMs());
        LOG.warn("instruments_failed venue={} problem={} retryInMs={}", venue.name(), problem(error), delayMs);
        runtime.loop().schedule(this::load, delayMs);
    }

    /** A number did not fit: the venue may have changed the tick. Books resynchronise meanwhile. */
    void reload() {
        if (!isReloading) {
            isReloading = true;
            fetch().whenCompleteAsync(this::onReloaded, runtime.loop());
        }
    }

    private void onReloaded(@Nullable InstrumentList list, @Nullable Throwable error) {
        isReloading = false;
        if (list != null) {
            listener.accept(list);
        } else {
            LOG.warn("instruments_reload_failed venue={} problem={}", venue.name(), problem(error));
        }
    }

    private static String problem(@Nullable Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        String text = String.valueOf(cause);
        return text.substring(0, Math.min(300, text.length()));
    }

    /** What is not loaded yet is not awaited any more. */
    void close() {
        isClosed = true;
    }
}
