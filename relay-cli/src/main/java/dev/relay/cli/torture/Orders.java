package dev.relay.cli.torture;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The line {@code stop} on standard input, or its end: whoever started this process wants it to end in order. Read by a thread of its own. */
final class Orders {
    private final CountDownLatch stopped = new CountDownLatch(1);

    static Orders listen() {
        Orders orders = new Orders();
        Thread reader = new Thread(orders::read, "orders");
        reader.setDaemon(true);
        reader.start();
        return orders;
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && !line.equals("stop")) {
                line = lines.readLine();
            }
        } catch (IOException e) {
            System.err.println("orders ended: " + e.getMessage());
        } finally {
            stopped.countDown();
        }
    }

    boolean isStopped() {
        return stopped.getCount() == 0;
    }

    /** True when the order has come. */
    boolean await(long timeoutMs) throws InterruptedException {
        return stopped.await(timeoutMs, TimeUnit.MILLISECONDS);
    }
}
