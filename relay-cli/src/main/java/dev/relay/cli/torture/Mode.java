package dev.relay.cli.torture;

/** What a run does to its processes. */
enum Mode {
    /** SIGKILL of the daemon. */
    DAEMON_KILL,
    /** SIGKILL of a sender or a recipient. */
    AGENT_KILL,
    /** Either, or both at once. */
    BOTH,
    /** SIGSTOP of the daemon or an agent for up to two seconds, then SIGCONT. */
    STOP_CONT,
    /** SIGTERM of the daemon or an agent. */
    TERM,
    /** SIGSTOP of an agent, a new process in its place, SIGCONT: the old one wakes and does not know. */
    ZOMBIE
}
