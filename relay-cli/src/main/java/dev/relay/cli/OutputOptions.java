package dev.relay.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Option;

/** {@code --json}, on every command that prints data. */
final class OutputOptions {
    @Option(names = "--json", description = "Print JSON, one document a line.")
    boolean json;

    Output open() {
        return new Output(new PrintWriter(System.out, false, StandardCharsets.UTF_8), json);
    }
}
