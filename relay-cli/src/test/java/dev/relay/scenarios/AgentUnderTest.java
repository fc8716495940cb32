package dev.relay.scenarios;

import dev.relay.client.AckMode;
import dev.relay.client.DeadLetter;
import dev.relay.client.HandlerOptions;
import dev.relay.client.Message;
import dev.relay.client.Pressure;
import dev.relay.client.RefuseMessage;
import dev.relay.client.Relay;
import dev.relay.client.RelayRefused;
import dev.relay.client.SendHandle;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One agent of a scenario: its client, what its handlers received, and the gate that blocks them. */
final class AgentUnderTest {
    /** A received message and the record it belongs to. */
    record Received(String tag, Message message) {}

    final Relay relay;
    final List<Received> received = new CopyOnWriteArrayList<>();
    final List<SendHandle> sent = new CopyOnWriteArrayList<>();
    final List<DeadLetter> deaths = new CopyOnWriteArrayList<>();
    final List<Pressure> pressure = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);

    AgentUnderTest(Relay relay) {
        this.relay = relay;
        relay.onPressure(pressure::add);
        relay.onDeadLetter(deaths::add);
    }

    void on(Step step, String prefix) {
        String sender = step.textOrNull("sender");
        HandlerOptions options = new HandlerOptions(
                sender == null ? null : prefix + sender,
                step.textOrNull("topic"),
                step.textOr("ack", "").equals("manual") ? AckMode.MANUAL : AckMode.ON_SUCCESS);
        String kind = step.text("kind");
        String tag = step.textOr("tag", kind);
        AtomicInteger calls = new AtomicInteger();
        relay.onRequest(kind, options, message -> {
            received.add(new Received(tag, message));
            return handle(step, message, calls.incrementAndGet(), prefix);
        });
    }

    private @Nullable Object handle(Step step, Message message, int call, String prefix) throws InterruptedException {
        switch (step.textOr("handler", "")) {
            case "echo" -> {
                return message.as(Object.class);
            }
            case "answer" -> {
                return step.value("value");
            }
            case "refuse_first_two" -> {
                if (call <= 2) {
                    throw new RefuseMessage("refused by the scenario");
                }
                return null;
            }
            case "reply_by_hand" -> {
                message.respond(message.as(Object.class));
                return null;
            }
            case "forward" -> {
                sent.add(relay.send(prefix + step.text("to"), message.kind(), message.as(Object.class)));
                return null;
            }
            case "send_until_full" -> {
                return List.of(sendUntilFull(prefix + step.text("to")));
            }
            case "refuse" -> throw new RefuseMessage("refused by the scenario");
            case "fail" -> throw new IllegalStateException("failed by the scenario");
            case "fail_once_on_first" -> {
                if (call == 1) {
                    throw new IllegalStateException("failed once by the scenario");
                }
                return null;
            }
            case "block", "block_then_echo" -> {
                if (!gate.await(20, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("never unblocked");
                }
                return step.text("handler").equals("block") ? null : message.as(Object.class);
            }
            case "request_then_echo" -> {
                return relay.request(
                                prefix + step.text("to"),
                                step.text("request_kind"),
                                message.as(Object.class),
                                Duration.ofSeconds(5))
                        .as(Object.class);
            }
            default -> {
                return null;
            }
        }
    }

    private String sendUntilFull(String to) {
        for (int n = 0; n < 100_000; n++) {
            try {
                var unused = relay.send(to, "flood", n);
            } catch (RelayRefused e) {
                return e.code();
            }
        }
        throw new IllegalStateException("the outbox was never full");
    }

    void unblock() {
        gate.countDown();
    }

    List<Object> values(String tag) {
        return received.stream()
                .filter(r -> r.tag().equals(tag))
                .map(r -> r.message().as(Object.class))
                .toList();
    }
}
