package dev.relay.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Relay;
import dev.relay.client.testing.LocalRelay;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every Java block of the README, of the SDK's documents and of the pages on interests and groups, compiled and run as it stands, with the
 * agents that it talks to; and the daemon that a user's own tests start.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReadmeIT {
    private static final Pattern BLOCK = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
    private static final List<Path> DOCUMENTS = List.of(
            Path.of("../README.md"),
            Path.of("../relay-sdk-java/README.md"),
            Path.of("../docs/interests.md"),
            Path.of("../docs/groups.md"));

    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private LocalRelay daemon;

    @BeforeAll
    void startDaemon(@TempDir Path folder) throws IOException {
        dir = folder;
        Path command = Files.createFile(
                dir.resolve("relay"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Files.writeString(
                command,
                "#!/bin/sh\nexec " + java + " -XX:+UseSerialGC -cp '" + System.getProperty("java.class.path")
                        + "' dev.relay.cli.Main \"$@\"\n");
        System.setProperty("relay.bin", command.toString());
        daemon = LocalRelay.start();
    }

    @AfterAll
    void stopDaemon() {
        daemon.close();
        System.clearProperty("relay.bin");
    }

    @Test
    void shouldStartADaemonOfItsOwnForAUsersTests() {
        assertThat(daemon.process().isAlive()).isTrue();
        try (Relay bob = daemon.agent("local-bob").connect();
                Relay ann = daemon.agent("local-ann").connect()) {
            bob.onRequest("add", message -> Map.of("sum", message.json().size()))
                    .start();
            assertThat(ann.request("local-bob", "add", Map.of("a", 1, "b", 2), Duration.ofSeconds(10))
                            .json())
                    .containsEntry("sum", 2L);
        }
        LocalRelay second = LocalRelay.start();
        Path socket = second.socket();
        second.close();
        assertThat(second.process().isAlive()).isFalse();
        assertThat(socket).doesNotExist();
    }

    @Test
    void shouldCompileAndRunEveryJavaExample() throws Exception {
        List<String> blocks = new ArrayList<>();
        for (Path document : DOCUMENTS) {
            Matcher found = BLOCK.matcher(Files.readString(document));
            while (found.find()) {
                blocks.add(found.group(1));
            }
        }
        assertThat(blocks).hasSizeGreaterThanOrEqualTo(3);
        try (Relay risk = daemon.agent("risk").connect();
                Relay executor = daemon.agent("helper").connect()) {
            risk.onRequest("*", message -> Map.of("exposure", "0.10")).start();
            executor.control("agents.add", Map.of("name", "executor"));
            for (int i = 0; i < blocks.size(); i++) {
                run("Example" + i, blocks.get(i));
            }
        }
    }

    /** A page that shows single calls has said before that {@code relay} is a connected client. */
    private static String connected(String block) {
        return block.contains("Relay relay")
                ? block
                : "try (Relay relay = Relay.connect(\"reader\")) {\n" + block + "}\n";
    }

    private void run(String name, String block) throws Exception {
        String source =
                "import dev.relay.client.*;\nimport java.nio.file.*;\nimport java.time.Duration;\nimport java.util.*;\n"
                        + "public class " + name + " {\n"
                        + "  record Fill(String symbol, String quantity) {}\n"
                        + "  static final class Positions { void apply(Object fill) {} }\n"
                        + "  static final Positions positions = new Positions();\n"
                        + "  static void price(Object... what) {}\n"
                        + "  static final Path socket = Path.of(System.getProperty(\"relay.test.socket\"));\n"
                        + "  static final Path folder = Path.of(System.getProperty(\"relay.test.folder\"));\n"
                        + "  public static void main(String[] args) throws Exception {\n"
                        + connected(block)
                                .replaceAll(
                                        "Relay\\.connect\\(\"([a-z0-9-]+)\"\\)",
                                        "Relay.builder(\"$1\").socket(socket).connect()")
                                .replaceAll(
                                        "Relay\\.builder\\(\"([a-z]+)\"\\)(?!\\.socket)",
                                        "Relay.builder(\"$1\").socket(socket)")
                        + "  }\n}\n";
        Path file = Files.writeString(dir.resolve(name + ".java"), source);
        StringWriter errors = new StringWriter();
        JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
        boolean isCompiled = compiler.getTask(
                        errors,
                        null,
                        null,
                        List.of("-cp", System.getProperty("java.class.path"), "-d", dir.toString(), "-proc:none"),
                        null,
                        compiler.getStandardFileManager(null, null, null).getJavaFileObjects(file))
                .call();
        assertThat(isCompiled).as(errors + "\n" + source).isTrue();
        System.setProperty("relay.test.socket", daemon.socket().toString());
        System.setProperty("relay.test.folder", dir.toString());
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {dir.toUri().toURL()}, ReadmeIT.class.getClassLoader())) {
            loader.loadClass(name).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        }
    }
}
