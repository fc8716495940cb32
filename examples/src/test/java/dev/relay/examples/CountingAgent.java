package dev.relay.examples;

import dev.relay.client.InboxFile;
import dev.relay.client.Relay;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** Its whole effect is its lane's state in an inbox file: how many messages it has applied, and a hash that tells order and repeats. */
final class CountingAgent {
    record State(long count, long hash) {
        static State of(byte[] bytes) {
            ByteBuffer b = ByteBuffer.wrap(bytes);
            return bytes.length == 0 ? new State(0, 0) : new State(b.getLong(), b.getLong());
        }

        State apply(long n) {
            return new State(count + 1, hash * 31 + n);
        }

        byte[] bytes() {
            return ByteBuffer.allocate(16).putLong(count).putLong(hash).array();
        }
    }

    private State state;

    private CountingAgent(State state) {
        this.state = state;
    }

    /** Arguments: socket, inbox file. */
    public static void main(String[] args) throws InterruptedException {
        InboxFile inbox = InboxFile.at(Path.of(args[1]));
        CountingAgent agent = new CountingAgent(State.of(inbox.state("source", "message")));
        try (Relay relay =
                Relay.builder("ledger").socket(Path.of(args[0])).inbox(inbox).connect()) {
            relay.on("fill", message -> {
                        State next = agent.state.apply(
                                Long.parseLong(String.valueOf(message.json().get("quantity"))));
                        message.done(next.bytes());
                        agent.state = next;
                    })
                    .start();
            System.out.println("ready agent=ledger");
            new CountDownLatch(1).await();
        }
    }
}
