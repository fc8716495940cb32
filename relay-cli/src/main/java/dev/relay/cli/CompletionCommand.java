package dev.relay.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        description = {
            "Print the completion script of a shell. To have it in every shell:%n",
            "bash: relay completion bash > ~/.local/share/bash-completion/completions/relay",
            "zsh:  echo 'source <(relay completion zsh)' >> ~/.zshrc"
        })
final class CompletionCommand implements Callable<Integer> {
    /** What we can complete for. */
    enum Shell {
        bash,
        /** The same script: it loads zsh's bashcompinit first. */
        zsh
    }

    @Parameters(paramLabel = "bash|zsh", description = "Whose script.")
    Shell shell = Shell.bash;

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public Integer call() {
        CommandSpec self = Objects.requireNonNull(spec);
        self.commandLine().getOut().print(AutoComplete.bash("relay", self.root().commandLine()));
        self.commandLine().getOut().flush();
        return ExitCode.OK;
    }
}
