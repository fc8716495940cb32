package dev.relay.cli.torture;

import dev.relay.client.InboxFile;
import dev.relay.client.Message;
import dev.relay.client.RefuseMessage;
import dev.relay.client.Relay;
import dev.relay.client.RelayBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that takes letters and writes down when its handler was entered, when it was done and when the bus had confirmed the ack. One letter in
 * {@code nack_every} fails, one in {@code refuse_every} is refused for good, some take a little while, so that kills meet running handlers.
 */
public final class ReceiverAgent {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SLOW_EVERY = 64;
    private static final long SLOW_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long CONFIRM_MS = 250;

    private final HistoryFile history;
    private final String session;
    private final boolean hasInbox;
    private final int nackEvery;
    private final int refuseEvery;
    private final Random random;
    private final AckWatch acks;

    private ReceiverAgent(Settings settings, HistoryFile history, Relay relay) {
        this.history = history;
        this.session = HistoryFile.field("session", settings.session());
        this.hasInbox = settings.has("inbox");
        this.nackEvery = settings.number("nack_every");
        this.refuseEvery = settings.number("refuse_every");
        this.random = new Random(settings.number("seed"));
        this.acks = new AckWatch(relay, history, session);
    }

    public static void main(String[] args) throws InterruptedException {
        Settings settings = Settings.of(args);
        RelayBuilder builder = Relay.builder(settings.text("name"))
                .socket(settings.path("socket"))
                .connectTimeout(PATIENCE);
        InboxFile inbox = settings.has("inbox") ? InboxFile.at(settings.path("inbox")) : null;
        if (inbox != null) {
            builder.inbox(inbox);
        }
        try (HistoryFile history = new HistoryFile(settings.path("history"), settings.text("name"));
                Relay relay = builder.connect()) {
            history.write("session_start", HistoryFile.field("session", settings.session()));
            if (inbox != null) {
                recover(inbox, settings, history);
            }
            ReceiverAgent agent = new ReceiverAgent(settings, history, relay);
            relay.on("letter", agent::handle);
            if (settings.has("subscribe")) {
                relay.subscribe(settings.text("subscribe"), true);
                history.write("subscribe_ok", HistoryFile.field("topic", settings.text("subscribe")));
            }
            relay.start();
            System.out.println("ready agent=" + settings.text("name"));
            Orders orders = Orders.listen();
            while (!orders.await(CONFIRM_MS)) {
                agent.acks.confirm();
            }
            agent.acks.confirm();
            relay.close(PATIENCE);
            history.write("session_end", HistoryFile.field("session", settings.session()));
        }
    }

    /** The effect of a letter is the state of its lane; the last one may have no line in a history yet. */
    private static void recover(InboxFile inbox, Settings settings, HistoryFile history) {
        for (String sender : settings.text("senders").split(",", -1)) {
            for (String laneClass : List.of("message", "topic")) {
                String id = new String(inbox.state(sender, laneClass), StandardCharsets.UTF_8);
                if (!id.isEmpty()) {
                    history.write(
                            "ack",
                            HistoryFile.field("id", id) + HistoryFile.field("session", settings.session())
                                    + ",\"dup\":true,\"recovered\":true");
                }
            }
        }
    }

    private void handle(Message message) {
        Letter letter = Letter.read(message.bytes());
        acks.entered(message.sender(), message.isPublication());
        history.write(
                "deliver",
                letter.fields(message.sender()) + session + ",\"redelivered\":" + message.isRedelivered()
                        + ",\"attempt\":" + message.attempt());
        String id = HistoryFile.field("id", letter.id());
        if (oneIn(refuseEvery)) {
            history.write("nack", id + session + ",\"refused\":true");
            throw new RefuseMessage("refused by the torture run");
        }
        if (oneIn(nackEvery)) {
            history.write("nack", id + session);
            throw new IllegalStateException("failed by the torture run");
        }
        if (oneIn(SLOW_EVERY)) {
            LockSupport.parkNanos((long) (SLOW_NS * Math.abs(random.nextGaussian())));
        }
        if (hasInbox) {
            message.done(letter.id().getBytes(StandardCharsets.UTF_8));
        }
        history.write("ack", id + session);
        acks.leaving(message.sender(), message.isPublication(), letter.id());
    }

    private boolean oneIn(int every) {
        return every > 0 && random.nextInt(every) == 0;
    }
}
