package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Commands that need no daemon: decode, completion, manual pages, doctor, down. */
final class ToolsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final CommandLine line =
            Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

    @TempDir
    Path dir;

    private int run(String... args) {
        out.getBuffer().setLength(0);
        return Main.run(line, args, Map.of());
    }

    private static byte[] twoFrames() {
        ByteBuffer frames = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        FrameWriter.ackOk(frames, 7, 3, 41);
        FrameWriter.ping(frames, 99);
        return Arrays.copyOf(frames.array(), frames.position());
    }

    @Test
    void decodeNamesTheFieldsOfFrames() throws Exception {
        Path file = Files.write(dir.resolve("frames"), twoFrames());
        assertThat(run("decode", file.toString(), "-o", "jsonl")).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        "{\"at\":0,\"frame\":\"ACK_OK\",\"bytes\":32,\"handle\":7,\"epoch\":3,\"floor\":41}",
                        "{\"at\":32,\"frame\":\"PING\",\"bytes\":16,\"t\":99}");
        assertThat(run("decode", "--hex", HexFormat.ofDelimiter(" ").formatHex(twoFrames()), "--json"))
                .isZero();
        assertThat(out.toString()).contains("ACK_OK");
    }

    @Test
    void decodeShowsWhatIsWholeAndSaysWhereTheRestBreaks() throws Exception {
        byte[] cut = Arrays.copyOf(twoFrames(), 40);
        Path file = Files.write(dir.resolve("frames"), cut);
        assertThat(run("decode", file.toString(), "-o", "jsonl")).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString().lines()).hasSize(1);
        assertThat(err.toString()).contains("frame at 32 is not whole");
        assertThat(run("decode", dir.resolve("none").toString())).isEqualTo(ExitCode.NOT_FOUND);
        assertThat(run("decode", "--hex", "xyz")).isEqualTo(ExitCode.USAGE);
        assertThat(run("decode", "--hex", "04000000")).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void completionKnowsEveryCommand() {
        assertThat(run("completion", "bash")).isZero();
        List<String> shown = line.getSubcommands().entrySet().stream()
                .filter(e -> !e.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getKey)
                .toList();
        assertThat(out.toString()).contains(shown).contains("bashcompinit");
        assertThat(run("completion", "zsh")).isZero();
        assertThat(run("completion", "tcsh")).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void bothShellsTakeTheCompletionScript() throws Exception {
        assertThat(run("completion", "bash")).isZero();
        Path script = Files.writeString(dir.resolve("relay.sh"), out.toString());
        String typed =
                ". " + script + "; COMP_WORDS=(relay dlq redr); COMP_CWORD=2; _complete_relay; echo ${COMPREPLY[@]}";
        assertThat(OtherProgram.run(Map.of(), List.of("bash", "-c", typed)).output())
                .isEqualTo("redrive\n");
        if (!OtherProgram.isThere("zsh")) {
            System.out.println("zsh absent: not run: completion in zsh");
            return;
        }
        String loaded = "autoload -U compinit; compinit -u -D; . " + script + "; echo $_comps[relay]";
        assertThat(OtherProgram.run(Map.of(), List.of("zsh", "-fc", loaded)).output())
                .contains("_complete_relay");
    }

    @Test
    void everyCommandHasAManualPage() throws Exception {
        assertThat(run("man", dir.toString())).isZero();
        try (Stream<Path> pages = Files.list(dir.resolve("man1"))) {
            assertThat(pages.map(p -> p.getFileName().toString()))
                    .contains("relay.1", "relay-up.1", "relay-dlq-redrive.1", "relay-top.1")
                    .doesNotContain("relay-man.1");
        }
        assertThat(dir.resolve("man1/relay-kill-switch.1"))
                .content()
                .contains(".SH SYNOPSIS", ".B \\-\\-dry\\-run", ".SH EXIT STATUS");
    }

    @Test
    void doctorSaysWhatIsWrongAndWhatToDo() {
        Path open = dir.resolve("x".repeat(120));
        int exitCode = run(
                "doctor",
                "--json",
                "--socket",
                open + "/relay.sock",
                "--run-dir",
                dir.toString(),
                "--data-dir",
                dir.toString());
        assertThat(exitCode).isEqualTo(ExitCode.UNHEALTHY);
        assertThat(out.toString())
                .contains("\"check\":\"java\",\"verdict\":\"ok\"")
                .contains("\"check\":\"socket\",\"verdict\":\"bad\"")
                .contains("choose a path of at most 107")
                .contains("\"check\":\"daemon\",\"verdict\":\"warn\"");
    }

    @Test
    void aPidThatWasGivenToAnotherProcessIsLeftAlone() throws Exception {
        ProcessHandle self = ProcessHandle.current();
        Files.writeString(dir.resolve("daemon.pid"), "{\"pid\":" + self.pid() + ",\"started_at_ms\":1,\"ready\":{}}");
        assertThat(run("down", "--run-dir", dir.toString(), "-o", "jsonl")).isZero();
        assertThat(out.toString()).contains("has ended already");
        assertThat(self.isAlive()).isTrue();
        assertThat(dir.resolve("daemon.pid")).doesNotExist();
    }
}
