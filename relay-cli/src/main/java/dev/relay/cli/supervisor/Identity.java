package dev.relay.cli.supervisor;

/**
 * One process for good: a pid alone is given to another process one day.
 *
 * @param startTicks its start by the kernel, in clock ticks since boot; 0 of none
 */
record Identity(long pid, long startTicks) {
    static final Identity NONE = new Identity(0, 0);
}
