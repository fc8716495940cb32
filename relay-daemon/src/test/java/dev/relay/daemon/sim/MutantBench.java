package dev.relay.daemon.sim;

import dev.relay.client.internal.ClientSession;
import dev.relay.daemon.routing.Bus;
import dev.relay.protocol.Frames;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * Compiles mutants and runs the simulation against them: the mutated classes, everything of this project around them and the simulation itself are
 * loaded anew for each mutant.
 */
final class MutantBench {
    /** A child before its parent for this project's classes. */
    private static final class Loader extends URLClassLoader {
        Loader(URL[] urls) {
            super(urls, MutantBench.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.startsWith("dev.relay.")) {
                    return super.loadClass(name, resolve);
                }
                Class<?> known = findLoadedClass(name);
                return known != null ? known : findClass(name);
            }
        }
    }

    private final Path root;
    private final Path work;

    MutantBench(Path work) {
        this.work = work;
        this.root = repository();
    }

    private static Path repository() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("protocol/PROTOCOL.md"))) {
            at = Objects.requireNonNull(at.getParent(), "not inside the repository");
        }
        return at;
    }

    /** The seed that catches the mutant and what it saw, or null when none of them does. */
    @Nullable
    String catchingSeed(Mutant mutant, long maxSeeds) throws IOException, ReflectiveOperationException {
        Path classes = compile(mutant);
        try (Loader loader = new Loader(urls(classes))) {
            Method run = loader.loadClass(SeedRun.class.getName()).getMethod("violationsOf", long.class);
            for (long seed = 1; seed <= maxSeeds; seed++) {
                String[] violations = violations(run, seed);
                if (violations.length > 0) {
                    return "seed=" + seed + " "
                            + violations[0].lines().findFirst().orElse("");
                }
            }
            return null;
        }
    }

    /** An error that escapes the simulation, such as an endless recursion, is a catch too. */
    private static String[] violations(Method run, long seed) throws IllegalAccessException {
        try {
            return (String[]) run.invoke(null, seed);
        } catch (InvocationTargetException e) {
            return new String[] {String.valueOf(e.getCause())};
        }
    }

    private URL[] urls(Path mutated) throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        urls.add(mutated.toUri().toURL());
        for (Class<?> each : List.of(SeedRun.class, Bus.class, ClientSession.class, Frames.class)) {
            urls.add(each.getProtectionDomain().getCodeSource().getLocation());
        }
        return urls.toArray(new URL[0]);
    }

    /** Throws when a text of it is not there exactly once. */
    Map<String, String> mutated(Mutant mutant) throws IOException {
        Map<String, String> sources = new LinkedHashMap<>();
        for (Mutant.Edit edit : mutant.edits()) {
            String before = sources.get(edit.file());
            sources.put(edit.file(), edit.apply(before != null ? before : Files.readString(root.resolve(edit.file()))));
        }
        return sources;
    }

    private Path compile(Mutant mutant) throws IOException {
        Map<String, String> sources = mutated(mutant);
        Path classes = Files.createDirectories(work.resolve(mutant.name()).resolve("classes"));
        List<Path> files = new ArrayList<>();
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = work.resolve(mutant.name()).resolve(source.getKey());
            Files.createDirectories(file.getParent());
            files.add(Files.writeString(file, source.getValue()));
        }
        compile(mutant.name(), files, classes);
        return classes;
    }

    private static void compile(String name, List<Path> files, Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            boolean isDone = compiler.getTask(
                            messages,
                            manager,
                            null,
                            List.of("-d", classes.toString(), "-cp", path, "-proc:none", "-nowarn", "--release", "17"),
                            null,
                            manager.getJavaFileObjectsFromPaths(files))
                    .call();
            if (!isDone) {
                throw new IllegalStateException("mutant does not compile: name=" + name + "\n" + messages);
            }
        }
    }
}
