package dev.relay.examples;

import dev.relay.client.Relay;
import dev.relay.client.RelayBuilder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An agent inside a framework that starts and stops its parts. {@code start} connects, registers the handlers and lets deliveries begin;
 * {@code stop} drains and closes; both may be called again. The methods are those of Spring's {@code SmartLifecycle}, so that a bean needs
 * nothing else. Called by the framework's own threads, one at a time.
 */
public class AgentLifecycle implements AutoCloseable {
    private final RelayBuilder builder;
    private final Consumer<Relay> handlers;
    private @Nullable Relay relay;

    public AgentLifecycle(RelayBuilder builder, Consumer<Relay> handlers) {
        this.builder = builder;
        this.handlers = handlers;
    }

    public synchronized void start() {
        if (relay == null) {
            Relay connected = builder.connect();
            handlers.accept(connected);
            connected.start();
            relay = connected;
        }
    }

    public synchronized void stop() {
        Relay running = relay;
        relay = null;
        if (running != null) {
            running.close();
        }
    }

    public synchronized boolean isRunning() {
        return relay != null && relay.isConnected();
    }

    /** The client between start and stop. */
    public synchronized Relay relay() {
        if (relay == null) {
            throw new IllegalStateException("not started");
        }
        return relay;
    }

    @Override
    public void close() {
        stop();
    }
}
