package dev.relay.cli;

import dev.relay.client.Vote;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
        return bus.rows(view, COLUMNS, relay -> relay.proposals().list(isOpen));
    }

    @Command(name = "show", description = "One, with its body and its votes.")
    int show(
            @Parameters(paramLabel = "NO", description = "Its number, as relay proposals list shows it.") long number,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return bus.object(output, relay -> relay.proposals().get(number));
    }

    @Command(
            name = "vote",
            description = "Vote as the agent --as NAME, which must be one of its voters; a vote counts once.")
    int vote(
            @Parameters(paramLabel = "NO", description = "Its number, as relay proposals list shows it.") long number,
            @Parameters(paramLabel = "VOTE", description = "yes, no or abstain.") Vote.Word word,
            @Option(names = "--reason", defaultValue = "", description = "Is kept with the vote.") String reason,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return bus.object(output, relay -> {
            String decision = relay.proposals().vote(number, new Vote(word, reason));
            return Map.of("proposal", number, "vote", word.name().toLowerCase(Locale.ROOT), "decision", decision);
        });
    }
}
