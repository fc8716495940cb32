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
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        assertThat(Files.readString(DEPLOY.resolve("release/relay"))).contains("${RELAY_JAVA_OPTS:-}");
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
        for (String service : List.of("daemon", "sidecar")) {
            JsonNode it = compose.path("services").path(service);
            assertThat(words(it.at("/healthcheck/test")))
                    .containsExactly(
                            "CMD", "/opt/relay/bin/probe", after(words(it.path("command")), "--admin-port"), "readyz");
        }
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
            String port = after(words(container.path("args")), "--admin-port");
            for (String probe : List.of("startupProbe", "livenessProbe")) {
                assertThat(words(container.path(probe).at("/exec/command"))).contains(port);
            }
        }
    }

    /** systemd's own checks, with our launcher in the place where it will be. */
    @Test
    void shouldPassSystemdsOwnChecks(@TempDir Path dir) throws Exception {
        if (!OtherProgram.isThere("systemd-analyze")) {
            System.out.println("systemd-analyze absent: not run: verify and security of the units");
            return;
        }
        for (Path unit : units()) {
            String text = Files.readString(unit)
                    .replace(
                            "/opt/relay/bin",
                            DEPLOY.resolve("release").toRealPath().toString());
            Path copy = Files.writeString(dir.resolve(unit.getFileName().toString()), text);
            assertThat(analyzed("verify", "--man=no", "--recursive-errors=no", copy.toString()))
                    .as("%s", unit)
                    .isEqualTo(new OtherProgram(0, ""));
            assertThat(analyzed("security", "--offline=true", "--threshold=30", copy.toString())
                            .exitCode())
                    .as("%s", unit)
                    .isZero();
        }
    }

    private static OtherProgram analyzed(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("systemd-analyze"));
        command.addAll(List.of(arguments));
        return OtherProgram.run(Map.of(), command);
    }

    private static List<Path> units() throws IOException {
        try (Stream<Path> files = Files.list(DEPLOY.resolve("systemd"))) {
            return files.sorted().toList();
        }
    }

    /** What bin/release packs, by its own list: every path below /opt/relay that a unit or a container names. */
    @Test
    void shouldNameOnlyWhatTheReleaseHolds() throws Exception {
        String list =
                "import pathlib, sys; sys.dont_write_bytecode = True; sys.path.insert(0, 'bin/lib'); import release;"
                        + " print('\\n'.join(release.files(pathlib.Path('.'), 'X')))";
        OtherProgram packed = OtherProgram.run(Map.of(), List.of("python3", "-c", list));
        assertThat(packed.exitCode()).as(packed.output()).isZero();
        List<Path> files = new ArrayList<>(units());
        files.addAll(List.of(KUBERNETES, DEPLOY.resolve("docker/Dockerfile"), DEPLOY.resolve("docker/compose.yaml")));
        int found = 0;
        for (Path file : files) {
            Matcher named = Pattern.compile("/opt/relay/([\\w./-]+)").matcher(Files.readString(file));
            for (; named.find(); found++) {
                assertThat(packed.output().lines()).as("%s", file).contains(named.group(1));
            }
        }
        assertThat(found).isGreaterThan(10);
        assertThat(packed.output().lines()).contains("bin/relay", "deploy/relay.yaml", "lib/relay-cli-X.jar");
    }

    /** One socket for all of a host; every path below a volume of its container; one user; time enough to end. */
    @Test
    void shouldAgreeOnSocketsVolumesUsersAndTheEnd() throws IOException {
        String image = Files.readString(DEPLOY.resolve("docker/Dockerfile"));
        JsonNode services = read("docker/compose.yaml").path("services");
        JsonNode pod = read("kubernetes/relay.yaml").at("/spec/template/spec");
        List<String> sockets = new ArrayList<>();
        for (String service : List.of("daemon", "sidecar")) {
            List<String> words = words(services.path(service).path("command"));
            List<String> targets = new ArrayList<>();
            words(services.path(service).path("volumes")).forEach(volume -> targets.add(volume.split(":", 2)[1]));
            isBelow(targets, words);
            sockets.add(after(words, "--socket"));
            assertThat(services.path(service).path("stop_grace_period").asText())
                    .isEqualTo("20s");
            assertThat(words(services.path(service).path("tmpfs")))
                    .as("native libraries are unpacked there, and Docker's own options have noexec")
                    .anyMatch(mount -> mount.matches("/tmp:(.*,)?exec(,.*)?"));
        }
        assertThat(sockets).containsOnly(sockets.get(0));
        List<String> podSockets = new ArrayList<>();
        for (JsonNode container : pod.findParents("args")) {
            List<String> words = words(container.path("args"));
            isBelow(container.path("volumeMounts").findValuesAsText("mountPath"), words);
            podSockets.add(after(words, "--socket"));
        }
        podSockets.add(pod.at("/containers/0/env/0/value").asText());
        assertThat(pod.at("/containers/0/env/0/name").asText()).isEqualTo("RELAY_SOCKET");
        assertThat(podSockets).hasSize(3).containsOnly(podSockets.get(0));
        String uid = pod.at("/securityContext/runAsUser").asText();
        assertThat(image)
                .contains(
                        "--uid " + uid + " ",
                        "--gid " + pod.at("/securityContext/runAsGroup").asText());
        assertThat(services.at("/redis/user").asText()).isEqualTo(uid + ":" + uid);
        assertThat(pod.path("terminationGracePeriodSeconds").asInt()).isGreaterThanOrEqualTo(20);
    }

    /** Redis included: {@code unix:} stands before its socket. */
    private static void isBelow(List<String> mounts, List<String> words) {
        List<String> paths = words.stream()
                .map(word -> word.replaceFirst("^unix:", ""))
                .filter(word -> word.startsWith("/"))
                .toList();
        assertThat(paths)
                .hasSizeGreaterThan(1)
                .allMatch(path -> mounts.stream().anyMatch(m -> path.startsWith(m + "/")));
    }

    private static String after(List<String> words, String option) {
        return words.get(words.indexOf(option) + 1);
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
