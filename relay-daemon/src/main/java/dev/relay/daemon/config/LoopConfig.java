package dev.relay.daemon.config;

/**
 * How the core thread waits and where it runs; what helps costs a processor.
 *
 * @param spinUs microseconds that it looks for work, using a processor, before it sleeps in the kernel; 0 sleeps at once
 * @param coreCpu the processor that it is tied to, -1 for any
 */
public record LoopConfig(int spinUs, int coreCpu) {
    public LoopConfig {
        Mistakes mistakes = new Mistakes();
        mistakes.range(ConfigKey.SPIN_US, spinUs);
        mistakes.range(ConfigKey.CORE_CPU, coreCpu);
        mistakes.throwIfAny();
    }

    public static LoopConfig defaults() {
        return new LoopConfig((int) ConfigKey.SPIN_US.number(), (int) ConfigKey.CORE_CPU.number());
    }
}
