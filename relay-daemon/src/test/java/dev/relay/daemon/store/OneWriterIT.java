package dev.relay.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** I33: two processes race for one store. {@code -Drelay.races=1000} for the long run. */
class OneWriterIT {
    private static final int RACES = Integer.getInteger("relay.races", 50);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    private record Racer(Process process, PrintWriter out, BufferedReader in) {
        static Racer start(Path dir) throws IOException {
            Process p = DiskShim.startPlain(StoreRacer.class, dir.toString());
            return new Racer(p, new PrintWriter(p.outputWriter(StandardCharsets.UTF_8), true), p.inputReader());
        }

        String answer() throws IOException {
            return String.valueOf(in.readLine());
        }
    }

    @Test
    void I33_ofTwoProcessesThatStartAtOnceOneHasTheStore() throws Exception {
        List<Racer> racers = List.of(Racer.start(dir), Racer.start(dir));
        TreeSet<Integer> winners = new TreeSet<>();
        for (int race = 1; race <= RACES; race++) {
            racers.forEach(r -> r.out().println("open"));
            List<String> answers = List.of(racers.get(0).answer(), racers.get(1).answer());
            assertThat(answers).as("race " + race).containsExactlyInAnyOrder("open " + race, "locked");
            winners.add(answers.indexOf("open " + race));
            racers.forEach(r -> r.out().println("close"));
            assertThat(racers.get(0).answer()).isEqualTo("closed");
            assertThat(racers.get(1).answer()).isEqualTo("closed");
        }
        for (Racer racer : racers) {
            racer.out().close();
            assertThat(racer.process().waitFor()).isZero();
        }
        System.out.println("races for one store: " + RACES + ", two writers in 0, winners " + winners);
    }
}
