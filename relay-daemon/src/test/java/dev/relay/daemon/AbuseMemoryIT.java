package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** F2: what hostile peers can make a daemon hold, in a process of its own, while an honest pair exchanges messages beside them. */
class AbuseMemoryIT {
    private static final int SILENT = 2_000;
    private static final int GREEDY = 200;
    private static final long BOUND_KIB = 32 << 10;

    @TempDir
    Path dir = Path.of("");

    private long sent;

    @Test
    void F2_I49_shouldHoldLittleAndServeAnHonestPairDuringAbuse() throws IOException {
        Path socket = dir.resolve("run/relay.sock");
        try (DaemonProcess process = DaemonProcess.start(
                        "exec \"$@\"",
                        dir.resolve("log"),
                        Map.of(
                                "socket",
                                socket.toString(),
                                "data_dir",
                                dir.resolve("data").toString()));
                RawClient sender = RawClient.agent(socket, "sender");
                RawClient recipient = RawClient.agent(socket, "recipient")) {
            recipient.credit(100);
            sender.bind(1, "recipient");
            for (int warm = 0; warm < 300; warm++) {
                roundTrip(sender, recipient);
                hostile(socket, warm).close();
            }
            long beforeKib = residentKib(process.pid());
            List<RawClient> hostile = new ArrayList<>();
            for (int i = 0; i < SILENT + GREEDY; i++) {
                hostile.add(hostile(socket, i));
                if (i % 100 == 0) {
                    roundTrip(sender, recipient);
                }
            }
            long grownKib = residentKib(process.pid()) - beforeKib;
            hostile.forEach(RawClient::close);
            roundTrip(sender, recipient);
            System.out.println(
                    "F2 resident memory grew by " + grownKib + " KiB under " + (SILENT + GREEDY) + " hostile peers");
            assertThat(grownKib).isLessThan(BOUND_KIB);
        }
    }

    /** Silent; or announces a HELLO of 1 MiB and sends 60 KiB of it. */
    private static RawClient hostile(Path socket, int i) throws IOException {
        RawClient client = new RawClient(socket);
        if (i % 11 == 0) {
            ByteBuffer greedy = ByteBuffer.allocate(60 << 10).order(ByteOrder.LITTLE_ENDIAN);
            client.bytes(greedy.putInt(1 << 20).put((byte) FrameType.HELLO).rewind());
        }
        return client;
    }

    private void roundTrip(RawClient sender, RawClient recipient) {
        sender.message(1, ++sent, 0, "honest " + sent);
        Frame delivered = recipient.await(FrameType.DELIVER);
        assertThat(delivered.payload()).isEqualTo("honest " + sent);
        recipient.ack(delivered);
        sender.await(FrameType.SENT);
    }

    private static long residentKib(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }
}
