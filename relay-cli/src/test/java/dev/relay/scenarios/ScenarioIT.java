package dev.relay.scenarios;

import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.access.AccessRules;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.config.SecurityConfig;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every scenario of the table, against one daemon with an empty store. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScenarioIT {
    /** Every prefix of the runner begins so; other names of the table are no operators, and have no part in groups. */
    private static final String OPERATORS = "s*";

    private static final String SENDS = "* -> *, s* -> group:*";
    private static final String JOINS = "s* -> *";

    private @Nullable RelayDaemon daemon;
    private @Nullable Path directory;

    @BeforeAll
    void startDaemon() throws IOException {
        Path dir = Files.createTempDirectory(
                "relay-scn", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        directory = dir;
        AccessRules rules = new AccessRules(
                AccessRules.sends(SENDS),
                List.of(),
                AccessRules.operators(OPERATORS),
                List.of(),
                AccessRules.names(JOINS));
        SecurityConfig security = new SecurityConfig(Set.of(), "", null, 0, rules);
        daemon = RelayDaemon.start(
                DaemonConfig.of(dir.resolve("relay.sock"), dir.resolve("data")).with(security));
    }

    @AfterAll
    void stopDaemon() throws IOException {
        if (daemon != null) {
            daemon.close();
        }
        if (directory != null) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("table")
    void shouldRun(String name, int index, List<Map<String, @Nullable Object>> steps) {
        Path socket = Objects.requireNonNull(daemon).socket();
        try (ScenarioRunner runner = new ScenarioRunner(socket, "s" + index, Objects.requireNonNull(directory))) {
            for (int i = 0; i < steps.size(); i++) {
                runner.run(name + " step " + i, new Step(steps.get(i)));
            }
        }
    }

    @SuppressWarnings("unchecked")
    static Stream<Arguments> table() throws IOException {
        Path file = Path.of("..", "protocol", "scenarios", "scenarios.json");
        Map<String, @Nullable Object> table = Json.object(Files.readString(file));
        List<Map<String, @Nullable Object>> scenarios =
                (List<Map<String, @Nullable Object>>) Objects.requireNonNull(table.get("scenarios"));
        return IntStream.range(0, scenarios.size())
                .mapToObj(i -> Arguments.of(
                        scenarios.get(i).get("name"), i, scenarios.get(i).get("steps")));
    }
}
