package dev.relay.cli;

import dev.relay.client.Proposals;
import dev.relay.client.Relay;
import dev.relay.client.Vote;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What agents decide together: what was proposed and how the votes stand; a person votes as the agent that was asked. */
@Command(name = "proposals", description = "Proposals of agents: list, show, vote.", addMethodSubcommands = false)
final class ProposalsCommand {
    private static final List<String> COLUMNS =
            List.of("proposal", "title", "by", "rule", "decision", "why", "votes_cast", "votes_wanted", "left_ms");

    @Command(name = "list", description = "The newest first.")
    int list(
            @Option(names = "--open", description = "Only those that are not decided.") boolean isOpen,
            @Mixin BusOptions bus,
            @Mixin ViewOptions view) {
        return with(bus, proposals -> {
            List<Map<?, ?>> rows = List.copyOf(proposals.list(isOpen));
            view.open().rows(COLUMNS, rows);
            return ExitCode.OK;
        });
    }

    @Command(name = "show", description = "One, with its body and its votes.")
    int show(@Parameters(paramLabel = "NO") long number, @Mixin BusOptions bus, @Mixin OutputOptions output) {
        return with(bus, proposals -> {
            output.open().object(proposals.get(number));
            return ExitCode.OK;
        });
    }

    @Command(
            name = "vote",
            description = "Vote as the agent --as NAME, which must be one of its voters; a vote counts once.")
    int vote(
            @Parameters(paramLabel = "NO") long number,
            @Parameters(paramLabel = "VOTE", description = "yes, no or abstain.") Vote.Word word,
            @Option(names = "--reason", defaultValue = "", description = "Is kept with the vote.") String reason,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return with(bus, proposals -> {
            String decision = proposals.vote(number, new Vote(word, reason));
            output.open()
                    .object(Map.of(
                            "proposal", number, "vote", word.name().toLowerCase(Locale.ROOT), "decision", decision));
            return ExitCode.OK;
        });
    }

    private static int with(BusOptions bus, Function<Proposals, Integer> action) {
        try (Relay relay = bus.open()) {
            return action.apply(relay.proposals());
        }
    }
}
