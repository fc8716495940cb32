package dev.relay.daemon.routing;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A heart in a directory of its own for each test. */
abstract class HeartTest {
    @TempDir
    Path dir = Path.of("");

    @SuppressWarnings("NullAway.Init")
    Heart heart;

    @BeforeEach
    final void startHeart() {
        heart = new Heart(dir, config());
    }

    @AfterEach
    final void stopHeart() {
        heart.close();
    }

    /** Bound to the recipient. */
    Peer sender() {
        return heart.sender("sender", "recipient");
    }

    /** With credit for whatever a test sends. */
    Peer recipient() {
        Peer recipient = heart.join("recipient");
        recipient.credit(100);
        return recipient;
    }

    BusConfig config() {
        return BusConfig.defaults("test");
    }
}
