package dev.relay.cli;

import dev.relay.protocol.FrameCursor;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.JsonException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "decode",
        description =
                "Show frames of the bus protocol as fields, from a file or standard input: bytes as they were on the wire, or hexadecimal.")
final class DecodeCommand implements Callable<Integer> {
    private static final int MAX_BYTES = 64 << 20;
    private static final int MAX_FRAME_BYTES = 17 << 20;
    private static final List<String> COLUMNS =
            List.of("at", "frame", "bytes", "handle", "epoch", "seq", "id", "payload");

    @Parameters(paramLabel = "FILE", arity = "0..1", description = "Default, and -: standard input.")
    @Nullable
    Path file;

    @Option(names = "--hex", paramLabel = "DIGITS", description = "These bytes; blanks between digits are passed over.")
    @Nullable
    String hex;

    @Mixin
    private ViewOptions view = new ViewOptions();

    @Override
    public Integer call() throws IOException {
        byte[] read = hex != null ? digits(hex) : input();
        ByteBuffer frames = ByteBuffer.wrap(isHex(read) ? digits(new String(read, StandardCharsets.US_ASCII)) : read)
                .order(ByteOrder.LITTLE_ENDIAN);
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        String trouble = decode(frames, rows);
        view.open().rows(COLUMNS, rows);
        if (trouble.isEmpty()) {
            return ExitCode.OK;
        }
        throw new CliException(ExitCode.FAILED, trouble);
    }

    /** What ended the reading early, or nothing. */
    private static String decode(ByteBuffer frames, List<Map<String, @Nullable Object>> rows) {
        int at = 0;
        while (at < frames.limit()) {
            int length = FrameCursor.next(frames, at, frames.limit(), MAX_FRAME_BYTES);
            if (length == FrameCursor.INCOMPLETE) {
                return "the frame at " + at + " is not whole: " + (frames.limit() - at) + " bytes are left";
            }
            if (length < 0 || length < Frames.minimumBytes(Frames.type(frames, at))) {
                return "no frame at " + at + ": length " + Frames.len(frames, at) + ", type "
                        + FrameType.nameOf(Frames.type(frames, at));
            }
            try {
                rows.add(FrameText.fields(frames, at));
            } catch (JsonException | IndexOutOfBoundsException e) {
                return "the frame at " + at + " (" + FrameType.nameOf(Frames.type(frames, at)) + ") cannot be read: "
                        + e.getMessage();
            }
            at += length;
        }
        return "";
    }

    private byte[] input() throws IOException {
        try {
            byte[] read = file == null || file.toString().equals("-")
                    ? System.in.readNBytes(MAX_BYTES + 1)
                    : Files.readAllBytes(file);
            if (read.length > MAX_BYTES) {
                throw new CliException(ExitCode.USAGE, "more than " + (MAX_BYTES >> 20) + " MiB; cut the input");
            }
            return read;
        } catch (NoSuchFileException e) {
            throw new CliException(ExitCode.NOT_FOUND, "no such file: " + file);
        }
    }

    /** A frame begins with its length, so raw bytes hardly ever look like digits all through. */
    private static boolean isHex(byte[] read) {
        for (byte b : read) {
            if (Character.digit(b, 16) < 0 && !Character.isWhitespace(b)) {
                return false;
            }
        }
        return read.length > 0;
    }

    private static byte[] digits(String text) {
        try {
            return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.USAGE, "not hexadecimal: " + e.getMessage());
        }
    }
}
