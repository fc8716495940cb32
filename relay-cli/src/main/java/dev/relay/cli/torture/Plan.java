package dev.relay.cli.torture;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * One round: a daemon with an empty store, agents, and a number of faults.
 *
 * @param messages the senders go on until so many are confirmed, and until the faults are done
 * @param pairs senders, and as many recipients; each sender sends to two of them and publishes to all
 * @param inbox recipients keep what they have finished in a file of their own: effect once
 * @param nackEvery one handler call in so many fails, 0 for none
 * @param refuseEvery one in so many ends as a dead letter, 0 for none
 */
record Plan(
        Path dir,
        Mode mode,
        int cycles,
        int messages,
        int pairs,
        long seed,
        Language language,
        boolean topics,
        boolean inbox,
        int nackEvery,
        int refuseEvery,
        int pace) {
    Plan {
        if (cycles < 0 || messages < 1 || pairs < 1 || pace < 1) {
            throw new IllegalArgumentException("must be positive: cycles=" + cycles + " messages=" + messages
                    + " pairs=" + pairs + " pace=" + pace);
        }
    }

    Map<String, Object> json(String commit) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("mode", mode.name());
        json.put("cycles", (long) cycles);
        json.put("messages", (long) messages);
        json.put("pairs", (long) pairs);
        json.put("seed", seed);
        json.put("language", language.name());
        json.put("topics", topics);
        json.put(
                "effect_once",
                inbox ? IntStream.rangeClosed(1, pairs).mapToObj(i -> "r" + i).toList() : List.of());
        json.put("nack_every", (long) nackEvery);
        json.put("refuse_every", (long) refuseEvery);
        json.put("pace", (long) pace);
        json.put("commit", commit);
        return json;
    }
}
