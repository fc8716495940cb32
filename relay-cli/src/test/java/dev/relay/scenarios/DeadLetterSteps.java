package dev.relay.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.DeadLetter;
import dev.relay.client.DeadLetters;
import dev.relay.client.Relay;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;

/** Steps of the dead-letter queue, of those for one recipient. */
final class DeadLetterSteps extends Steps {
    private final Path directory;

    DeadLetterSteps(String prefix, Path directory) {
        super(
                prefix,
                "redrive",
                "drop",
                "drop_missing",
                "expect_dead_letters",
                "expect_dead_letter",
                "expect_stats",
                "expect_export");
        this.directory = directory;
    }

    @Override
    void run(String where, Step step, Relay relay) {
        DeadLetters letters = relay.deadLetters();
        switch (step.text("do")) {
            case "redrive" -> letters.redrive(one(step, letters).no());
            case "drop" -> letters.drop(one(step, letters).no());
            case "drop_missing" -> letters.drop(1L << 40);
            case "expect_dead_letters" ->
                Awaitility.await(where)
                        .pollInterval(Duration.ofMillis(10))
                        .untilAsserted(() -> assertThat(all(step, letters))
                                .extracting(DeadLetter::reason)
                                .isEqualTo(step.values("reasons")));
            case "expect_dead_letter" -> expectOne(where, step, letters);
            case "expect_stats" -> assertThat(messages(step, letters)).as(where).isEqualTo(step.number("messages"));
            default -> expectExport(where, step, letters);
        }
    }

    private List<DeadLetter> all(Step step, DeadLetters letters) {
        return letters.list(10_000, 0).stream()
                .filter(letter -> letter.target().equals(name(step, "to")))
                .toList();
    }

    private DeadLetter one(Step step, DeadLetters letters) {
        return all(step, letters).get(step.number("index"));
    }

    private void expectOne(String where, Step step, DeadLetters letters) {
        DeadLetter found = letters.show(one(step, letters).no());
        byte[] payload = Objects.requireNonNull(found.payload());
        assertThat(found.kind()).as(where).isEqualTo(step.text("kind"));
        assertThat(Json.parse(new String(payload, StandardCharsets.UTF_8)))
                .as(where)
                .isEqualTo(step.value("value"));
    }

    private long messages(Step step, DeadLetters letters) {
        List<?> groups = (List<?>) Objects.requireNonNull(letters.stats().get("groups"));
        return groups.stream()
                .map(row -> (Map<?, ?>) row)
                .filter(row -> name(step, "to").equals(row.get("target")))
                .mapToLong(row -> (Long) Objects.requireNonNull(row.get("messages")))
                .sum();
    }

    private void expectExport(String where, Step step, DeadLetters letters) {
        Path file = directory.resolve(prefix + "export");
        try {
            int unused = letters.export(file);
            assertThat(Files.readAllLines(file).stream().map(Json::object))
                    .as(where)
                    .filteredOn(letter -> name(step, "to").equals(letter.get("target")))
                    .hasSize(step.number("count"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
