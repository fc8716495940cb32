package dev.relay.cli.supervisor;

import dev.relay.client.Message;
import dev.relay.client.Relay;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent {@code supervisor}: takes {@code relay.command} requests, which the daemon lets only operators send, and has its one thread
 * carry them out. A request that waits for an agent holds only the lane of its own sender. Closing leaves the agents running; the next
 * supervisor takes them over.
 */
public final class SupervisorService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisorService.class);
    private static final String COMMAND = "relay.command";
    private static final long TICK_MS = 100;
    private static final long CLOSE_MS = 5_000;
    private static final int MAX_LOG_LINES = 200;

    private final RunFile runFile;
    private final Supervision supervision;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "supervisor"));

    private SupervisorService(RunFile runFile, Supervision supervision) {
        this.runFile = runFile;
        this.supervision = supervision;
    }

    /**
     * Takes over what the last supervisor left and serves. {@code relay} is connected and not started; its owner closes it after this.
     *
     * @param workDir where the agents are started
     * @param dir of the run file and the logs
     */
    public static SupervisorService start(
            Relay relay, Map<String, Template> templates, Path socket, Path workDir, Path dir) throws IOException {
        RunFile runFile = RunFile.open(dir);
        BusNames names = new BusNames(relay);
        Supervision supervision = new Supervision(
                templates,
                new HostProcesses(workDir, runFile.logs(), socket),
                names,
                () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
                () -> ThreadLocalRandom.current().nextDouble(),
                children -> write(runFile, children));
        SupervisorService service = new SupervisorService(runFile, supervision);
        List<Saved> left = runFile.read();
        var unusedWatch = relay.presence().watch(names::told);
        service.onThread(() -> {
            supervision.adopt(left);
            return left.size();
        });
        var unused = service.thread.scheduleWithFixedDelay(service::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
        relay.onRequest(COMMAND, service::command);
        relay.start();
        return service;
    }

    /** The templates have changed. Any thread. */
    public void reload(Map<String, Template> templates) {
        thread.execute(() -> supervision.reload(templates));
    }

    private static void write(RunFile runFile, List<Saved> children) {
        try {
            runFile.write(children);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One that fails is told and repeated: what it keeps stands in memory. */
    private void tick() {
        try {
            supervision.tick();
        } catch (RuntimeException e) {
            LOG.error("supervisor_look_failed", e);
        }
    }

    private Object command(Message message) throws Exception {
        Map<String, @Nullable Object> body = message.json();
        String command = String.valueOf(body.get("command"));
        Map<?, ?> args = body.get("args") instanceof Map<?, ?> given ? given : Map.of();
        try {
            Map<String, Object> answer = new TreeMap<>(answer(command, args));
            answer.put("ok", true);
            LOG.info("supervisor_command command={} agent={} by={} done", command, args.get("name"), message.sender());
            return answer;
        } catch (Refusal e) {
            LOG.warn(
                    "supervisor_command command={} agent={} by={} code={}",
                    command,
                    args.get("name"),
                    message.sender(),
                    e.code());
            return Map.of("ok", false, "code", e.code(), "message", String.valueOf(e.getMessage()));
        }
    }

    private Map<String, Object> answer(String command, Map<?, ?> args) throws InterruptedException {
        String name = text(args, "name");
        return switch (command) {
            case "spawn" ->
                await(onThread(() -> supervision.spawn(text(args, "template"), name, RunFile.texts(args.get("args")))));
            case "release" -> await(onThread(() -> supervision.release(name)));
            case "restart" -> await(onThread(() -> supervision.restart(name)));
            case "list" -> Map.of("agents", onThread(supervision::list));
            case "logs" -> Map.of("name", name, "lines", onThread(() -> supervision.logs(name, MAX_LOG_LINES)));
            default -> throw new Refusal("BAD_REQUEST", "commands are spawn, release, restart, list, logs");
        };
    }

    private static String text(Map<?, ?> args, String key) {
        return args.get(key) instanceof String text ? text : "";
    }

    private <T> T onThread(Callable<T> call) {
        CompletableFuture<T> done = new CompletableFuture<>();
        thread.execute(() -> {
            try {
                done.complete(call.call());
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        try {
            return await(done);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** What it waits for has its own bound: ready timeout, or grace and SIGKILL. */
    private static <T> T await(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() throws IOException {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(CLOSE_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("supervisor_thread_not_ended");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        supervision.leave();
        runFile.close();
    }
}
