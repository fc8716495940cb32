package dev.relay.cli.bench;

import dev.relay.client.Relay;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** The other end of a measurement, a process of its own: answers {@code echo} with what it got, takes {@code load} and does nothing. */
public final class EchoAgent {
    /** Argument: the socket. Runs until SIGTERM. */
    public static void main(String[] args) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown));
        try (Relay relay = Relay.builder("bench-echo")
                .socket(Path.of(args[0]))
                .window(2_000)
                .connect()) {
            relay.onRequest("echo", message -> message.bytes());
            relay.on("load", message -> {});
            relay.start();
            System.out.println("ready agent=bench-echo");
            ended.await();
        }
    }

    private EchoAgent() {}
}
