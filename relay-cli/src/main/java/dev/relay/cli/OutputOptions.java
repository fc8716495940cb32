package dev.relay.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code --json}, on every command that prints data. */
final class OutputOptions {
    @Option(names = "--json", description = "Print JSON, one document a line.")
    boolean json;

    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec command;

    Output open() {
        return new Output(Objects.requireNonNull(command).commandLine().getOut(), json);
    }
}
