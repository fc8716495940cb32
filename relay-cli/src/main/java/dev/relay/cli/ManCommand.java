package dev.relay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "man", hidden = true, description = "Write the manual pages, one a command, into DIR/man1.")
final class ManCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Gets a folder man1.")
    Path dir = Path.of("");

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Path pages = Files.createDirectories(dir.resolve("man1"));
        write(Objects.requireNonNull(spec).root().commandLine(), pages);
        return ExitCode.OK;
    }

    private static void write(CommandLine command, Path pages) throws IOException {
        CommandSpec spec = command.getCommandSpec();
        if (spec.usageMessage().hidden()) {
            return;
        }
        ManPage page = new ManPage(spec);
        Files.writeString(pages.resolve(page.name() + ".1"), page.text());
        for (CommandLine sub : command.getSubcommands().values()) {
            write(sub, pages);
        }
    }
}
