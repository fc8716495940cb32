package dev.relay.daemon.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Child JVMs on a disk that misbehaves: see {@code native/diskshim.c}. Needs a C compiler. */
public final class DiskShim {
    private final Path library;

    private DiskShim(Path library) {
        this.library = library;
    }

    /** Null without a compiler; says on one line what is not run then. */
    public static @Nullable DiskShim compile(Path dir, String what) throws Exception {
        Path source = dir.resolve("diskshim.c");
        Path library = dir.resolve("diskshim.so");
        try (InputStream in = Objects.requireNonNull(DiskShim.class.getResourceAsStream("/native/diskshim.c"))) {
            Files.copy(in, source);
        }
        try {
            Process gcc = new ProcessBuilder(
                            "gcc", "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")
                    .inheritIO()
                    .start();
            if (gcc.waitFor() != 0) {
                throw new IOException("the shim does not compile");
            }
            return new DiskShim(library);
        } catch (IOException e) {
            if (Files.exists(library) || String.valueOf(e.getMessage()).contains("not compile")) {
                throw e;
            }
            System.out.println("not run: " + what + " (needs gcc)");
            return null;
        }
    }

    /** What the shim does: {@code RELAY_SHIM_} variables without the prefix. */
    public record Plan(Map<String, String> settings) {
        public static Plan record(Path log) {
            return new Plan(Map.of("MODE", "record", "LOG", log.toString()));
        }

        public static Plan kill(long at, boolean isTorn) {
            Map<String, String> settings = new TreeMap<>(Map.of("MODE", "kill", "AT", Long.toString(at)));
            if (isTorn) {
                settings.put("TORN", "1");
            }
            return new Plan(settings);
        }

        public static Plan fail(String op, long at, Path log) {
            return new Plan(Map.of("MODE", "fail", "OP", op, "AT", Long.toString(at), "LOG", log.toString()));
        }
    }

    /** Starts a class of the test class path in a JVM of its own, its disk operations in {@code dir} under the shim. */
    public Process start(Plan plan, Path dir, Class<?> main, String... arguments) throws IOException {
        Process process = builder(main, arguments, builder -> {
                    builder.put("LD_PRELOAD", library.toString());
                    builder.put("RELAY_SHIM_DIR", dir.toString());
                    plan.settings().forEach((key, value) -> builder.put("RELAY_SHIM_" + key, value));
                })
                .start();
        return process;
    }

    /** The same without the shim. */
    public static Process startPlain(Class<?> main, String... arguments) throws IOException {
        return builder(main, arguments, environment -> {}).start();
    }

    private static ProcessBuilder builder(
            Class<?> main, String[] arguments, java.util.function.Consumer<Map<String, String>> environment) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        environment.accept(builder.environment());
        return builder;
    }
}
