package dev.relay.cli;

import dev.relay.client.Relay;
import dev.relay.client.redis.StateReader;
import dev.relay.daemon.config.ConfigLoader;
import dev.relay.daemon.store.StoreCheck;
import dev.relay.daemon.store.StoreException;
import dev.relay.protocol.OpenFiles;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;

/** Looks at what Relay needs on this machine, one method a need. Changes nothing; every look is bounded in time. One thread. */
final class Doctor {
    private static final long MIN_FILES = 1_024;
    private static final long GOOD_FILES = 4_096;
    private static final long MIN_FREE = 64L << 20;
    private static final long GOOD_FREE = 1L << 30;
    private static final int MAX_SOCKET_BYTES = 107;
    private static final Pattern REDIS_VERSION = Pattern.compile("v=([0-9]+)\\.([0-9]+)");

    private final @Nullable Path givenSocket;
    private final @Nullable Path givenDataDir;
    private final Path runDir;

    Doctor(@Nullable Path socket, @Nullable Path dataDir, Path runDir) {
        this.givenSocket = socket;
        this.givenDataDir = dataDir;
        this.runDir = runDir;
    }

    List<Diagnosis> examine() {
        List<Diagnosis> found = new ArrayList<>();
        found.add(java());
        found.add(redisServer());
        found.add(socketDirectory());
        found.add(fileLimit());
        found.add(diskSpace());
        found.add(clock());
        found.add(store());
        found.add(daemon());
        found.add(sidecar());
        return found;
    }

    private static Diagnosis java() {
        Runtime.Version version = Runtime.version();
        return version.feature() >= 17
                ? Diagnosis.ok("java", version.toString())
                : Diagnosis.bad("java", version.toString(), "install Java 17 or newer, or point JAVA_HOME to it");
    }

    /** Only the sidecar needs it, and it has one in its own jars for the case that there is none. */
    private static Diagnosis redisServer() {
        for (String name : List.of("redis-server", "valkey-server")) {
            Path program = onPath(name);
            if (program != null) {
                String said = said(List.of(program.toString(), "--version"));
                Matcher version = REDIS_VERSION.matcher(said);
                boolean isOld = version.find()
                        && Integer.parseInt(version.group(1)) * 100 + Integer.parseInt(version.group(2)) < 602;
                return isOld
                        ? Diagnosis.bad("redis", program + " " + version.group(), "install Redis 6.2 or newer")
                        : Diagnosis.ok(
                                "redis",
                                program + " " + said.lines().findFirst().orElse(""));
            }
        }
        return Diagnosis.warn(
                "redis",
                "no redis-server or valkey-server on PATH",
                "the sidecar starts the one in its jars; for production install redis-server, or give --redis");
    }

    private Path socket() {
        String fromEnvironment = System.getenv("RELAY_SOCKET");
        return givenSocket != null
                ? givenSocket
                : fromEnvironment != null && !fromEnvironment.isBlank()
                        ? Path.of(fromEnvironment)
                        : runDir.resolve("relay.sock");
    }

    private Diagnosis socketDirectory() {
        Path socket = socket().toAbsolutePath();
        int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
        Path dir = Objects.requireNonNull(socket.getParent());
        if (bytes > MAX_SOCKET_BYTES) {
            return Diagnosis.bad(
                    "socket", socket + " has " + bytes + " bytes", "choose a path of at most " + MAX_SOCKET_BYTES);
        }
        if (!Files.exists(dir)) {
            return Diagnosis.ok("socket", dir + " is made at the start of the daemon");
        }
        try {
            Set<PosixFilePermission> rights = Files.getPosixFilePermissions(dir);
            boolean isOpen = rights.contains(PosixFilePermission.OTHERS_WRITE)
                    || rights.contains(PosixFilePermission.OTHERS_EXECUTE);
            return isOpen
                    ? Diagnosis.bad("socket", dir + " is open to others", "chmod 700 " + dir)
                    : Files.isWritable(dir)
                            ? Diagnosis.ok("socket", socket.toString())
                            : Diagnosis.bad(
                                    "socket", dir + " is not ours to write", "run as its owner, or choose --socket");
        } catch (IOException | UnsupportedOperationException e) {
            return Diagnosis.bad("socket", dir + ": " + e.getMessage(), "choose another directory with --socket");
        }
    }

    private static Diagnosis fileLimit() {
        OpenFiles now = OpenFiles.now();
        if (now.equals(OpenFiles.UNKNOWN)) {
            return Diagnosis.warn("open files", "cannot be counted here", "look with ulimit -n");
        }
        String limit = now.most() == Long.MAX_VALUE ? "unlimited" : Long.toString(now.most());
        String what = "raise it: ulimit -n 65536, or LimitNOFILE=65536 in the unit; each agent is a file";
        return now.most() < MIN_FILES
                ? Diagnosis.bad("open files", limit, what)
                : now.most() < GOOD_FILES
                        ? Diagnosis.warn("open files", limit, what)
                        : Diagnosis.ok("open files", limit);
    }

    private Path dataDir() {
        return givenDataDir != null
                ? givenDataDir
                : ConfigLoader.load(Map.of(), System.getenv(), null).dataDir();
    }

    private Diagnosis diskSpace() {
        Path dir = dataDir().toAbsolutePath();
        while (!Files.exists(dir) && dir.getParent() != null) {
            dir = dir.getParent();
        }
        try {
            long free = Files.getFileStore(dir).getUsableSpace();
            String found = (free >> 20) + " MiB free at " + dir;
            String what = "make room; below 64 MiB new messages are refused STORAGE_FULL";
            return free < MIN_FREE
                    ? Diagnosis.bad("disk", found, what)
                    : free < GOOD_FREE ? Diagnosis.warn("disk", found, what) : Diagnosis.ok("disk", found);
        } catch (IOException e) {
            return Diagnosis.bad("disk", dir + ": " + e.getMessage(), "choose another directory with --data-dir");
        }
    }

    /** Orders are signed with the venue's clock and no message depends on ours; logs and audits do. */
    private static Diagnosis clock() {
        if (onPath("timedatectl") == null) {
            return Diagnosis.warn(
                    "clock", "no timedatectl to ask", "make sure that chrony or systemd-timesyncd keeps the time");
        }
        String said = said(List.of("timedatectl", "show", "-p", "NTPSynchronized", "--value"));
        return said.strip().equals("yes")
                ? Diagnosis.ok("clock", "synchronised")
                : Diagnosis.warn(
                        "clock",
                        said.isBlank() ? "timedatectl gives no answer" : "not synchronised",
                        "timedatectl set-ntp true, or see that the host keeps the time");
    }

    private Diagnosis store() {
        Path dir = dataDir();
        if (!Files.exists(dir.resolve("relay.db"))) {
            return Files.isDirectory(dir.resolve("quarantine"))
                    ? Diagnosis.bad(
                            "store",
                            "no store, but a quarantine at " + dir,
                            "a store was lost: relay store restore FILE, or relay store accept-loss")
                    : Diagnosis.ok("store", "none yet at " + dir + "; made at the first start");
        }
        try {
            Map<String, Object> info = StoreCheck.info(dir);
            return Diagnosis.ok("store", "schema " + info.getOrDefault("schema", "?") + " at " + dir);
        } catch (StoreException | RuntimeException e) {
            return Diagnosis.bad("store", String.valueOf(e.getMessage()), "relay store check " + dir);
        }
    }

    private Diagnosis daemon() {
        BusOptions bus = new BusOptions();
        bus.socket = socket();
        try (Relay relay = bus.open()) {
            Map<String, ?> status = relay.control("status", Map.of());
            String version = String.valueOf(status.get("version"));
            return version.equals(Version.text())
                    ? Diagnosis.ok("daemon", "version " + version + ", store " + status.get("store"))
                    : Diagnosis.warn(
                            "daemon",
                            "version " + version + ", this command " + Version.text(),
                            "restart the daemon with this version, or use the other's command");
        } catch (RuntimeException e) {
            return Diagnosis.warn("daemon", String.valueOf(e.getMessage()), "start it: relay up");
        }
    }

    private Diagnosis sidecar() {
        RedisOptions options = new RedisOptions();
        options.runDir = runDir;
        if (!Files.exists(runDir.resolve("redis.json"))) {
            return Diagnosis.ok("sidecar", "none has run with " + runDir);
        }
        try (StateReader reader = options.open()) {
            List<Map<String, Object>> books = reader.books(options.venues(), options.template());
            List<String> bad = books.stream()
                    .filter(book -> !"LIVE".equals(book.get("status")))
                    .map(book -> book.get("symbol") + " " + book.get("status"))
                    .toList();
            return bad.isEmpty()
                    ? Diagnosis.ok("sidecar", books.size() + " books LIVE in " + options.address())
                    : Diagnosis.warn(
                            "sidecar", String.join(", ", bad), "look at relay state and the sidecar's /health");
        } catch (CliException | JedisException e) {
            return Diagnosis.warn(
                    "sidecar", String.valueOf(e.getMessage()), "start it again: relay up --sidecar, or relay sidecar");
        }
    }

    private static @Nullable Path onPath(String name) {
        for (String dir : Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator, -1)) {
            Path program = Path.of(dir.isEmpty() ? "." : dir, name);
            if (Files.isExecutable(program)) {
                return program;
            }
        }
        return null;
    }

    /** What a program prints within two seconds; nothing when it cannot be run. */
    private static String said(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(new File("/dev/null"))
                    .start();
            if (!process.waitFor(2, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return "";
            }
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
