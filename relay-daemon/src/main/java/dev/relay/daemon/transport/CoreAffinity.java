package dev.relay.daemon.transport;

import dev.relay.daemon.config.StartRefusedException;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Ties the core thread to one processor, by the {@code taskset} of util-linux: Java has no call for it. Once, before the daemon serves; stateless. */
final class CoreAffinity {
    static void tie(EventLoop loop, int cpu) {
        try {
            taskset(threadId(loop), cpu);
        } catch (IOException e) {
            throw refused(cpu, String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw refused(cpu, "interrupted", e);
        }
    }

    /** The kernel's number of the loop's thread, which only that thread can look up. */
    private static String threadId(EventLoop loop) throws IOException, InterruptedException {
        Path self = loop.submit(() -> Files.readSymbolicLink(Path.of("/proc/thread-self")))
                .sync()
                .getNow();
        return String.valueOf(self.getFileName());
    }

    private static void taskset(String threadId, int cpu) throws IOException, InterruptedException {
        Process taskset = new ProcessBuilder("taskset", "-pc", String.valueOf(cpu), threadId)
                .redirectErrorStream(true)
                .start();
        String said = new String(taskset.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (taskset.waitFor() != 0) {
            throw new IOException(said);
        }
    }

    private static StartRefusedException refused(int cpu, String why, Exception cause) {
        return new StartRefusedException(
                "core_cpu=" + cpu + ": cannot tie the core to that processor: " + why + "; -1 leaves it free", cause);
    }

    private CoreAffinity() {}
}
