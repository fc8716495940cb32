package dev.relay.daemon.store;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A child process that opens and closes a store on command: {@code open}, {@code close}; answers one line each. Argument: directory. */
public final class StoreRacer {
    public static void main(String[] arguments) throws Exception {
        StoreSettings settings = new StoreSettings(Path.of(arguments[0]), true, 0, 0, 1 << 20);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        TestStore store = null;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.equals("open")) {
                store = open(settings);
                System.out.println(store == null ? "locked" : "open " + store.recovered.bootNo());
            } else {
                if (store != null) {
                    store.close();
                }
                System.out.println("closed");
            }
        }
    }

    private static @Nullable TestStore open(StoreSettings settings) throws StoreException {
        try {
            return TestStore.open(settings);
        } catch (StoreException e) {
            if (e.reason() == StoreException.Cause.LOCKED) {
                return null;
            }
            throw e;
        }
    }

    private StoreRacer() {}
}
