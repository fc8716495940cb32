package dev.relay.cli;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The command line that starts this program again in a process of its own: same Java, same class path, same class data. */
public final class JavaCommand {
    /** {@code relay ARGS...} */
    public static List<String> relay(List<String> arguments) {
        return main("dev.relay.cli.Main", arguments);
    }

    /** Any class with a main method on our class path. */
    public static List<String> main(String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.add("-XX:+UseSerialGC");
        command.add("--enable-native-access=ALL-UNNAMED");
        classData().ifPresent(command::add);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(mainClass);
        command.addAll(arguments);
        return command;
    }

    /** The option by which this program's class data came, if it had any. */
    private static Optional<String> classData() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-XX:SharedArchiveFile="))
                .findFirst();
    }

    private JavaCommand() {}
}
