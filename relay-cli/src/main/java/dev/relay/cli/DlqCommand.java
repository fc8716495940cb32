package dev.relay.cli;

import dev.relay.client.DeadLetter;
import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "dlq",
        addMethodSubcommands = false,
        description =
                "The dead-letter queue: what could not be handled, why, and what becomes of it. Every look at a payload and every change is audited.")
final class DlqCommand {
    private static final List<String> COLUMNS =
            List.of("no", "sender", "target", "kind", "reason", "attempts", "error", "bytes", "id");
    private static final List<String> GROUP_COLUMNS =
            List.of("messages", "reason", "sender", "target", "bytes", "oldest_at_ms");
    private static final int MOST = 1_000_000;

    @Command(name = "ls", description = "List dead letters, oldest first.")
    int ls(
            @Option(names = "--limit", defaultValue = "100", description = "At most so many.") int limit,
            @Option(names = "--after", defaultValue = "0", description = "Only numbers above this.") long after,
            @Mixin DeadLetterFilter filter,
            @Mixin BusOptions bus,
            @Mixin ViewOptions output) {
        return bus.rows(output, COLUMNS, relay -> filter.rows(relay, after, limit));
    }

    @Command(name = "stats", description = "Count dead letters by reason, sender and target.")
    int stats(@Mixin BusOptions bus, @Mixin ViewOptions output) {
        Map<String, @Nullable Object> stats = bus.with(relay -> Control.ask(relay, "dlq.stats", Map.of()));
        Output out = output.open();
        Object groups = out.isJson() ? null : stats.remove("groups");
        out.object(stats);
        if (groups != null) {
            out.rows(GROUP_COLUMNS, Rows.of(groups));
        }
        return ExitCode.OK;
    }

    @Command(name = "show", description = "Print one dead letter with its payload in base64, or the payload as it is.")
    int show(
            @Parameters(paramLabel = "NO", description = "Its number, as relay dlq ls shows it.") long no,
            @Option(names = "--raw", description = "Write nothing but the payload's bytes.") boolean isRaw,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        DeadLetter letter = bus.with(relay -> relay.deadLetters().show(no));
        if (isRaw) {
            byte[] payload = Objects.requireNonNullElse(letter.payload(), new byte[0]);
            System.out.write(payload, 0, payload.length);
            System.out.flush();
        } else {
            output.open().object(letter.fields());
        }
        return ExitCode.OK;
    }

    @Command(
            name = "redrive",
            description = "Send dead letters again, by number or by filter. A filter alone needs --yes.")
    int redrive(
            @Mixin DeadLetterChoice choice,
            @Mixin Consent consent,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return each("dlq.redrive", "redriven", !choice.isByNumber(), choice, consent, bus, output);
    }

    @Command(name = "drop", description = "Delete dead letters, by number or by filter. Needs --yes.")
    int drop(
            @Mixin DeadLetterChoice choice,
            @Mixin Consent consent,
            @Mixin BusOptions bus,
            @Mixin OutputOptions output) {
        return each("dlq.drop", "dropped", true, choice, consent, bus, output);
    }

    @Command(
            name = "export",
            description =
                    "Write dead letters with their payloads, one JSON document a line, to a new file that only you can read, or to standard output.")
    int export(
            @Option(names = "--output", paramLabel = "FILE", description = "A file that does not exist yet.") @Nullable
                    Path file,
            @Option(names = "--after", defaultValue = "0", description = "Only numbers above this.") long after,
            @Mixin DeadLetterFilter filter,
            @Mixin BusOptions bus)
            throws IOException {
        try (Relay relay = bus.open()) {
            if (file == null) {
                return export(relay, filter, after, new PrintWriter(System.out, false, StandardCharsets.UTF_8));
            }
            try (PrintWriter out = newPrivateFile(file)) {
                return export(relay, filter, after, out);
            }
        }
    }

    private static int export(Relay relay, DeadLetterFilter filter, long after, PrintWriter out) {
        int exported = 0;
        List<Map<?, ?>> rows = filter.rows(relay, after, MOST);
        try (Progress progress = new Progress("export", rows.size())) {
            for (Map<?, ?> row : rows) {
                DeadLetter letter = relay.deadLetters().show(DeadLetterFilter.number(row));
                out.println(Json.write(letter.fields()));
                progress.to(++exported);
            }
        }
        out.flush();
        System.err.println("exported " + exported);
        return out.checkError() ? ExitCode.FAILED : ExitCode.OK;
    }

    private static PrintWriter newPrivateFile(Path file) throws IOException {
        try {
            return new PrintWriter(
                    Channels.newWriter(
                            Files.newByteChannel(
                                    file,
                                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))),
                            StandardCharsets.UTF_8),
                    false);
        } catch (FileAlreadyExistsException e) {
            throw new CliException(ExitCode.USAGE, file + " exists already; name a new file");
        }
    }

    /** One operation a dead letter; goes on after a refusal and says so at the end. */
    private static int each(
            String op,
            String done,
            boolean isConsentNeeded,
            DeadLetterChoice choice,
            Consent consent,
            BusOptions bus,
            OutputOptions output) {
        choice.check();
        return bus.with(relay -> {
            List<Long> chosen = choice.numbers(relay);
            Output out = output.open();
            Map<String, Object> plan = Map.of("would_be_" + done, chosen.size(), "numbers", chosen);
            return consent.act(isConsentNeeded, out, plan, () -> act(relay, op, done, chosen, out));
        });
    }

    private static int act(Relay relay, String op, String done, List<Long> chosen, Output out) {
        List<Long> succeeded = new ArrayList<>();
        Map<String, String> refused = new LinkedHashMap<>();
        int exitCode = ExitCode.OK;
        try (Progress progress = Progress.of(out, op, chosen.size())) {
            for (long no : chosen) {
                try {
                    relay.control(op, Map.of("no", no));
                    succeeded.add(no);
                } catch (RelayException e) {
                    refused.put(Long.toString(no), e.code());
                    exitCode = Failures.exitCode(e);
                }
                progress.step();
            }
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put(done, succeeded.size());
        result.put("numbers", succeeded);
        if (!refused.isEmpty()) {
            result.put("refused", refused);
        }
        out.object(result);
        return exitCode;
    }
}
