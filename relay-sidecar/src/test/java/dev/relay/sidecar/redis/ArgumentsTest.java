package dev.relay.sidecar.redis;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.relay.sidecar.book.Scale;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
    private static final Scale PRICE = new Scale(2);
    private static final Scale QUANTITY = new Scale(8);

    private static List<String> sent(Arguments arguments) {
        List<String> texts = new ArrayList<>();
        arguments.call().forEach(part -> texts.add(new String(part.getRaw(), StandardCharsets.UTF_8)));
        return texts;
    }

    @Test
    void shouldSendWhatWasCollectedAndNothingOfTheCallBefore() {
        Arguments arguments = new Arguments();
        arguments.clear().word("seq").add(12).member(PRICE, 6_400_000, QUANTITY, 5_000);
        arguments.scoreAndMember(PRICE, 6_400_001, QUANTITY, 100_000_000);
        assertThat(sent(arguments)).containsExactly("EVALSHA", "seq", "12", "64000:0.00005", "64000.01", "64000.01:1");
        arguments.clear().add(-7).word("seq").add(13).add("text");
        assertThat(sent(arguments)).containsExactly("EVALSHA", "-7", "seq", "13", "text");
        assertThat(arguments.call().size()).isEqualTo(5);
    }

    @Test
    void shouldAllocateNothingPerLevelOnceTheLargestCallWasMade() {
        Arguments arguments = new Arguments();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        fill(arguments, 2_000);
        long before = threads.getCurrentThreadAllocatedBytes();
        fill(arguments, 2_000);
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(bytes / (2_000 * 100)).as("bytes a level").isZero();
    }

    private static void fill(Arguments arguments, int calls) {
        for (int call = 0; call < calls; call++) {
            arguments.clear();
            for (int level = 0; level < 100; level++) {
                arguments.scoreAndMember(PRICE, 6_400_000 + level, QUANTITY, 5_000 + level);
            }
        }
    }
}
