package dev.relay.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code --json} and {@code -o}, on every command that prints data. */
class OutputOptions {
    @Option(names = "--json", description = "Print JSON, one document a line; the same as -o json.")
    boolean json;

    @Option(
            names = {"-o", "--format"},
            paramLabel = "FORMAT",
            description = "table, wide (every column), json, jsonl (a document a row) or csv; default: table.")
    Output.@Nullable Format format;

    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec command;

    Output open() {
        return new Output(
                Objects.requireNonNull(command).commandLine().getOut(), chosen(), filter(), Tty.isColourful());
    }

    /** What {@code --filter} says, where a command has it. */
    RowFilter filter() {
        return RowFilter.ALL;
    }

    private Output.Format chosen() {
        return json ? Output.Format.json : Objects.requireNonNullElse(format, Output.Format.table);
    }
}
