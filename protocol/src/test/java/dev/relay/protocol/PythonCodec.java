package dev.relay.protocol;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The codec of the Python SDK in a process of its own, asked by batches: a whole batch is read before it is answered, so that no pipe fills up. */
final class PythonCodec implements AutoCloseable {
    /** What it made of one frame: its type, its fields and the frame that they encode to, or the code of its refusal and no fields. */
    record Answer(String word, @Nullable Map<String, @Nullable Object> fields, byte[] frame) {
        @Nullable
        String code() {
            return fields == null ? word : null;
        }
    }

    private final Process process;
    private final DataOutputStream out;
    private final DataInputStream in;

    PythonCodec() throws IOException {
        Path python = Path.of("../relay-sdk-python").toAbsolutePath().normalize();
        ProcessBuilder builder = new ProcessBuilder(
                        "python3", python.resolve("tests/codec_child.py").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("PYTHONPATH", python.resolve("src").toString());
        process = builder.start();
        out = new DataOutputStream(process.getOutputStream());
        in = new DataInputStream(process.getInputStream());
    }

    List<Answer> ask(List<byte[]> frames) throws IOException {
        int bytes = frames.stream().mapToInt(frame -> 4 + frame.length).sum();
        ByteBuffer batch = ByteBuffer.allocate(4 + bytes).order(ByteOrder.LITTLE_ENDIAN);
        batch.putInt(bytes);
        frames.forEach(frame -> batch.putInt(frame.length).put(frame));
        out.write(batch.array());
        out.flush();
        return answers();
    }

    private List<Answer> answers() throws IOException {
        byte[] bytes = new byte[Integer.reverseBytes(in.readInt())];
        in.readFully(bytes);
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<Answer> answers = new ArrayList<>();
        while (b.hasRemaining()) {
            String word = text(b);
            String fields = text(b);
            answers.add(new Answer(word, fields.isEmpty() ? null : Json.object(fields), piece(b)));
        }
        return answers;
    }

    private static String text(ByteBuffer b) {
        return new String(piece(b), StandardCharsets.UTF_8);
    }

    private static byte[] piece(ByteBuffer b) {
        byte[] piece = new byte[b.getInt()];
        b.get(piece);
        return piece;
    }

    @Override
    public void close() throws IOException {
        out.close();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
