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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What systemd, compose and Kubernetes are told to run are commands of this version. */
class DeployFilesTest {
    private static final Path DEPLOY = Path.of("../deploy");
    private static final Path KUBERNETES = DEPLOY.resolve("kubernetes/relay.yaml");

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

    /** What the image is built from: an archive of the name that bin/release gives, launchers that are packed, a user of its own. */
    @Test
    void shouldBuildTheImageFromWhatTheReleaseHolds() throws IOException {
        String image = Files.readString(DEPLOY.resolve("docker/Dockerfile")).replace("\\\n", " ");
        assertThat(image).contains("ADD --chown=root:root relay-*.tar.gz /opt/").contains("USER relay");
        assertThat(image).containsPattern("FROM [a-z-]+:17-[a-z-]+\\n").doesNotContain(":latest");
        Matcher launchers = Pattern.compile("/opt/relay/bin/(\\w+)").matcher(image + Files.readString(KUBERNETES));
        int found = 0;
        for (; launchers.find(); found++) {
            assertThat(DEPLOY.resolve("release").resolve(launchers.group(1))).isExecutable();
        }
        assertThat(found).isGreaterThan(4);
        Matcher command = Pattern.compile("CMD (\\[.*])").matcher(image);
        assertThat(command.find()).isTrue();
        parses("CMD", words(new YAMLMapper().readTree(command.group(1))));
    }

    @Test
    void shouldMountWhatIsDeclaredAndProbeThePortThatIsServed() throws IOException {
        JsonNode compose = read("docker/compose.yaml");
        compose.path("services")
                .forEach(service -> service.path("volumes")
                        .forEach(volume -> assertThat(compose.path("volumes")
                                        .has(volume.asText().split(":", 2)[0]))
                                .as(volume.asText())
                                .isTrue()));
        List<String> health = words(compose.at("/services/daemon/healthcheck/test"));
        parses("healthcheck", health.subList(2, health.size()));
        JsonNode set = read("kubernetes/relay.yaml").path("spec");
        List<String> volumes = new ArrayList<>(set.findParents("emptyDir").stream()
                .map(volume -> volume.path("name").asText())
                .toList());
        volumes.add(set.at("/volumeClaimTemplates/0/metadata/name").asText());
        for (JsonNode mounts : set.findValues("volumeMounts")) {
            mounts.forEach(
                    mount -> assertThat(volumes).contains(mount.path("name").asText()));
        }
        for (JsonNode container : set.findParents("args")) {
            String port = words(container.path("args"))
                    .get(words(container.path("args")).indexOf("--admin-port") + 1);
            for (String probe : List.of("startupProbe", "livenessProbe")) {
                assertThat(words(container.path(probe).at("/exec/command"))).contains(port);
            }
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
