package dev.relay.cli.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * What is measured: the class path and the Java options of every process, and the languages of both ends.
 *
 * @param javaOptions for daemon and agents
 * @param daemonOptions for the daemon only
 */
record Configuration(
        String classPath,
        List<String> javaOptions,
        List<String> daemonOptions,
        String from,
        String to,
        List<String> daemonSettings) {
    static final String OWN_CLASS_PATH = System.getProperty("java.class.path");
    /** More than any part sends to somebody who is away: a full mailbox refuses, and that is not what is measured. */
    private static final String ROOMY = "mailbox_messages=1000000000";

    /** Ours, Java on both sides, with these settings of the daemon. */
    static Configuration plain(List<String> daemonSettings) {
        return new Configuration(OWN_CLASS_PATH, List.of(), List.of(), "java", "java", daemonSettings);
    }

    List<String> daemon(String socket, String dataDir) {
        List<String> command = java();
        command.addAll(daemonOptions);
        command.addAll(List.of("-cp", classPath, "dev.relay.cli.Main", "daemon", "--socket", socket));
        command.addAll(List.of("--data-dir", dataDir, "--set", ROOMY));
        for (String setting : daemonSettings) {
            command.add("--set");
            command.add(setting);
        }
        return command;
    }

    List<String> javaAgent(List<String> settings) {
        List<String> command = java();
        command.addAll(List.of("-cp", classPath, BenchAgent.class.getName()));
        command.addAll(settings);
        return command;
    }

    private List<String> java() {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.add("-XX:+UseSerialGC");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(javaOptions);
        return command;
    }
}
