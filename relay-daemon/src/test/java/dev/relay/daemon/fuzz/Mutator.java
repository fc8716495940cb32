package dev.relay.daemon.fuzz;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes hostile inputs out of good ones: flipped bits, numbers at their limits, pieces cut, doubled, swapped between inputs. A case is a
 * function of seed and case number, so that a finding is repeated by {@code -Drelay.fuzz.seed=S -Drelay.fuzz.first=N -Drelay.fuzz.cases=1}.
 */
public final class Mutator {
    private static final long SEED = Long.getLong("relay.fuzz.seed", 20_260_101L);
    private static final long FIRST = Long.getLong("relay.fuzz.first", 0L);
    private static final int[] LIMITS = {
        0,
        1,
        2,
        7,
        8,
        16,
        63,
        64,
        65,
        255,
        4_096,
        4_097,
        65_535,
        65_536,
        1 << 20,
        (1 << 20) + 1,
        -1,
        -2,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE
    };
    private static final int MAX_BYTES = 70_000;

    private final List<byte[]> corpus;
    private SplittableRandom random = new SplittableRandom(SEED);

    public Mutator(List<byte[]> corpus) {
        this.corpus = corpus;
    }

    /** What one case does; anything that it throws is a finding. */
    @FunctionalInterface
    public interface Case {
        void run(long number, SplittableRandom random) throws Exception;
    }

    /** Runs {@code share} per cent of the cases asked for by {@code -Drelay.fuzz.cases}, by default of 100,000. */
    public void run(int share, Case body) {
        long cases = Math.max(1, Long.getLong("relay.fuzz.cases", 100_000L) * share / 100);
        ThreadMXBean cpu = ManagementFactory.getThreadMXBean();
        long startNs = cpu.getCurrentThreadCpuTime();
        for (long number = FIRST; number < FIRST + cases; number++) {
            random = new SplittableRandom(SEED ^ (number * 0x9E37_79B9_7F4A_7C15L));
            try {
                body.run(number, random);
            } catch (Throwable e) {
                throw new AssertionError(
                        "fuzz finding: repeat with -Drelay.fuzz.seed=" + SEED + " -Drelay.fuzz.first=" + number
                                + " -Drelay.fuzz.cases=" + (100 / share + 1),
                        e);
            }
        }
        System.out.println(
                "F1 " + cases + " cases in " + (cpu.getCurrentThreadCpuTime() - startNs) / 1_000_000 + " ms of CPU");
    }

    /** A known input, unchanged. */
    public byte[] known() {
        return corpus.get(random.nextInt(corpus.size())).clone();
    }

    /** A known input after one to six mutations. */
    public byte[] mutated() {
        byte[] bytes = known();
        for (int i = random.nextInt(1, 7); i > 0; i--) {
            bytes = mutate(bytes);
        }
        return bytes.length > MAX_BYTES ? Arrays.copyOf(bytes, MAX_BYTES) : bytes;
    }

    private byte[] mutate(byte[] bytes) {
        if (bytes.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        int at = random.nextInt(bytes.length);
        return switch (random.nextInt(9)) {
            case 0 -> changed(bytes, at, bytes[at] ^ (1 << random.nextInt(8)));
            case 1 -> changed(bytes, at, random.nextInt());
            case 2 -> number(bytes, at);
            case 3 -> Arrays.copyOf(bytes, at);
            case 4 -> Arrays.copyOfRange(bytes, at, bytes.length);
            case 5 -> joined(Arrays.copyOf(bytes, at), noise(), Arrays.copyOfRange(bytes, at, bytes.length));
            case 6 -> joined(bytes, Arrays.copyOfRange(bytes, at, bytes.length), new byte[0]);
            case 7 -> {
                byte[] other = known();
                int from = other.length == 0 ? 0 : random.nextInt(other.length);
                yield joined(Arrays.copyOf(bytes, at), Arrays.copyOfRange(other, from, other.length), new byte[0]);
            }
            default ->
                joined(
                        Arrays.copyOf(bytes, at),
                        Arrays.copyOfRange(bytes, Math.min(bytes.length, at + random.nextInt(1, 9)), bytes.length),
                        new byte[0]);
        };
    }

    private byte[] noise() {
        byte[] noise = new byte[random.nextInt(1, 17)];
        random.nextBytes(noise);
        return noise;
    }

    private byte[] number(byte[] bytes, int at) {
        int limit = LIMITS[random.nextInt(LIMITS.length)];
        int aligned = at & ~(random.nextBoolean() ? 3 : 1);
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (aligned + 8 <= bytes.length && random.nextBoolean()) {
            b.putLong(aligned, random.nextBoolean() ? limit : (long) limit << 32);
        } else if (aligned + 4 <= bytes.length) {
            b.putInt(aligned, limit);
        }
        return bytes;
    }

    private static byte[] changed(byte[] bytes, int at, int value) {
        bytes[at] = (byte) value;
        return bytes;
    }

    private static byte[] joined(byte[] a, byte[] b, byte[] c) {
        return ByteBuffer.allocate(a.length + b.length + c.length)
                .put(a)
                .put(b)
                .put(c)
                .array();
    }

    public static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, 512));
    }
}
