package dev.relay.daemon.flow;

/**
 * What the process behind a socket uses, as it was seen last.
 *
 * @param rssBytes resident memory
 * @param cpuPercent of one processor, since the sample before
 * @param atNs monotonic time of the sample
 */
public record ProcessUse(int pid, long rssBytes, double cpuPercent, long atNs) {}
