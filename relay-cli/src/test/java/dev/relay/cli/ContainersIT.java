package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the containers of compose and of the pod run, run here as plain processes, by the words of those files: commands, health check and probes, in directories with the modes that volumes have there. Only the
 * root of paths and the ports are others, and the venue is the local one.
 */
class ContainersIT {
    private static final Path DEPLOY = DocsPage.ROOT.resolve("deploy");

    @TempDir
    Path dir = Path.of("");

    @Test
    void shouldServeWhatComposeStarts() throws Exception {
        JsonNode services = read("docker/compose.yaml").path("services");
        for (String volume : List.of("run/relay", "var/lib/relay", "run/redis")) {
            volume(volume, "rwx------"); // those of the image, and that of the tmpfs
        }
        try (ProcessFloor floor = new ProcessFloor(dir)) {
            floor.start("redis", here(services.at("/redis/command")));
            serve(floor, "daemon", here(services.at("/daemon/command")));
            passes(floor, "daemon", here(services.at("/daemon/healthcheck/test")));
            assertThat(Path.of(after(here(services.at("/redis/command")), "--unixsocket")))
                    .satisfies(socket -> await().atMost(ProcessFloor.PATIENCE).until(() -> Files.exists(socket)));
        }
    }

    @Test
    void shouldServeWhatThePodStartsAndPassItsProbes() throws Exception {
        JsonNode pod = read("kubernetes/relay.yaml").at("/spec/template/spec/initContainers");
        volume("run/relay", "rwxrwxrwx"); // an emptyDir
        volume("run/redis", "rwxrwxrwx");
        volume("var/lib/relay", "rwxrwxr-x"); // a claim, with an fsGroup
        try (RelayExchange exchange = RelayExchange.start(ExchangeConfig.defaults());
                ProcessFloor floor = new ProcessFloor(dir)) {
            List<String> daemon = here(named(pod, "daemon").path("args"));
            floor.relay("open", daemon);
            assertThat(floor.child("open").exit().get(60, TimeUnit.SECONDS)).isEqualTo(ExitCode.FAILED);
            assertThat(floor.log("open")).contains("where every user may rename files");
            assertThat(isDone(here(named(pod, "socket-dir").path("command")))).isTrue();
            floor.start("redis", here(named(pod, "redis").path("command")));
            passes(here(named(pod, "redis").at("/startupProbe/exec/command")));
            serve(floor, "daemon", daemon);
            List<String> sidecar = here(named(pod, "sidecar").path("args"));
            sidecar.addAll(List.of("--rest", exchange.restUri() + "", "--streams", exchange.streamUri() + ""));
            serve(floor, "sidecar", sidecar);
            for (String name : List.of("daemon", "sidecar")) {
                for (String probe : List.of("startupProbe", "livenessProbe")) { // readiness refers to the first
                    passes(floor, name, here(named(pod, name).at("/" + probe + "/exec/command")));
                }
            }
        }
    }

    private static void serve(ProcessFloor floor, String name, List<String> words) {
        words.set(words.indexOf("--admin-port") + 1, "0");
        floor.relay(name, words);
        floor.awaitReady(name);
    }

    /** Our port for the one that the file names; compose has the word CMD before its command. */
    private static void passes(ProcessFloor floor, String name, List<String> probe) {
        probe.remove("CMD");
        probe.set(1, Integer.toString(floor.adminPort(name)));
        passes(probe);
    }

    private static void passes(List<String> probe) {
        await().atMost(ProcessFloor.PATIENCE).until(() -> isDone(probe));
    }

    private static boolean isDone(List<String> command) throws IOException, InterruptedException {
        return OtherProgram.run(Map.of(), command).exitCode() == 0;
    }

    private void volume(String name, String mode) throws IOException {
        Path made = Files.createDirectories(dir.resolve(name));
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(mode));
    }

    /** With our launchers for those of the image, and our directory for its root. */
    private List<String> here(JsonNode command) {
        List<String> words = new ArrayList<>();
        for (JsonNode word : command) {
            words.add(word.asText()
                    .replace("/opt/relay/bin", DEPLOY.resolve("release").toString())
                    .replaceFirst("^(unix:)?/(run|var)/", "$1" + dir + "/$2/"));
        }
        assertThat(words).isNotEmpty();
        return words;
    }

    private static String after(List<String> words, String option) {
        return words.get(words.indexOf(option) + 1);
    }

    private static JsonNode named(JsonNode containers, String name) {
        for (JsonNode container : containers) {
            if (container.path("name").asText().equals(name)) {
                return container;
            }
        }
        throw new AssertionError(name);
    }

    private static JsonNode read(String file) throws IOException {
        return Objects.requireNonNull(
                new YAMLMapper().readTree(DEPLOY.resolve(file).toFile()));
    }
}
