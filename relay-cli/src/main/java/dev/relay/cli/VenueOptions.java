package dev.relay.cli;

import dev.relay.sidecar.venue.VenueBooks;
import dev.relay.sidecar.venue.Venues;
import java.net.URI;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Venues by name with their books, and their addresses where they are not the public ones. */
final class VenueOptions {
    @Option(
            names = "--venue",
            paramLabel = "NAME=SYMBOL+SYMBOL",
            split = ",",
            description = "Books of further venues (binance-spot, kraken, okx, coinbase, hyperliquid), for example"
                    + " kraken=BTC-USD+ETH-USD,okx=BTC-USDT.")
    Map<String, String> venues = Map.of();

    @Option(names = "--venue-rest", paramLabel = "NAME=URI", split = ",", description = "REST base of a venue.")
    Map<String, URI> rest = Map.of();

    @Option(names = "--venue-stream", paramLabel = "NAME=URI", split = ",", description = "Market stream of a venue.")
    Map<String, URI> stream = Map.of();

    List<VenueBooks> books() {
        try {
            return venues.entrySet().stream()
                    .map(entry -> books(entry.getKey(), List.of(entry.getValue().split("\\+"))))
                    .toList();
        } catch (IllegalArgumentException e) {
            throw CliException.ofUsage(e);
        }
    }

    private VenueBooks books(String name, List<String> symbols) {
        return new VenueBooks(Venues.of(name, rest.get(name), stream.get(name)), symbols);
    }
}
