package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What systemd, compose and Kubernetes are told to run are commands of this version. */
class DeployFilesTest {
    private static final Path DEPLOY = Path.of("../deploy");

    @Test
    void shouldStartTheServicesByCommandsThatThereAre() throws IOException {
        for (String unit : List.of("relay-daemon.service", "relay-sidecar.service", "relay-supervisor.service")) {
            List<String> lines = Files.readAllLines(DEPLOY.resolve("systemd").resolve(unit));
            String start = lines.stream()
                    .filter(line -> line.startsWith("ExecStart="))
                    .findFirst()
                    .orElseThrow();
            parses(unit, List.of(start.replaceFirst("ExecStart=\\S+ ", "").split(" ", -1)));
            assertThat(lines).contains("Type=notify", "NoNewPrivileges=yes", "ProtectSystem=strict");
        }
    }

    @Test
    void shouldStartTheContainersByCommandsThatThereAre() throws IOException {
        JsonNode compose = read("docker/compose.yaml").path("services");
        for (String service : List.of("daemon", "sidecar")) {
            parses("compose " + service, words(compose.path(service).path("command")));
        }
        List<JsonNode> pods = Stream.of(read("kubernetes/relay.yaml").findParents("args"))
                .flatMap(List::stream)
                .toList();
        assertThat(pods).hasSize(2);
        for (JsonNode container : pods) {
            parses("kubernetes " + container.path("name").asText(), words(container.path("args")));
            assertThat(container.path("restartPolicy").asText()).isEqualTo("Always");
            assertThat(container.has("readinessProbe")).isTrue();
        }
    }

    private static void parses(String what, List<String> words) {
        assertThatCode(() -> Main.commandLine().parseArgs(words.toArray(String[]::new)))
                .as(what)
                .doesNotThrowAnyException();
    }

    private static List<String> words(JsonNode list) {
        List<String> words = new ArrayList<>();
        list.forEach(word -> words.add(word.asText()));
        return words;
    }

    private static JsonNode read(String file) throws IOException {
        return new YAMLMapper().readTree(DEPLOY.resolve(file).toFile());
    }
}
