package dev.relay.sidecar.net;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/** Accepts one connection, upgrades it by hand and writes the bytes of a test case; what the client sends is kept. */
final class RawServer implements AutoCloseable {
    /** How the connection is ended once the bytes are out. */
    enum End {
        WAIT,
        HALF_CLOSE,
        RESET
    }

    /** A frame that the client sent. */
    record Sent(int opcode, boolean isMasked, byte[] payload) {
        int closeCode() {
            return payload.length < 2 ? 0 : ByteBuffer.wrap(payload).getShort() & 0xffff;
        }
    }

    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private final ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    private final WsCase test;
    private final Thread thread = new Thread(this::serve, "raw-server");
    private final List<Sent> sent = new ArrayList<>();
    private final CountDownLatch done = new CountDownLatch(1);

    RawServer(WsCase test) throws IOException {
        this.test = test;
        thread.setDaemon(true);
        thread.start();
    }

    URI uri() {
        return URI.create("ws://127.0.0.1:" + server.getLocalPort() + "/x");
    }

    /** All frames of the client, known once the connection has ended. */
    List<Sent> sent() throws InterruptedException {
        done.await();
        return sent;
    }

    private void serve() {
        try (Socket socket = server.accept()) {
            String request = readHead(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            byte[] head = test.handshake().answer(accept(request), request).getBytes(StandardCharsets.US_ASCII);
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(head);
            all.writeBytes(test.frames());
            send(out, all.toByteArray());
            end(socket);
            readFrames(socket.getInputStream());
        } catch (IOException e) {
            sent.add(new Sent(-1, false, String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8)));
        } finally {
            done.countDown();
        }
    }

    private void send(OutputStream out, byte[] bytes) throws IOException {
        if (!test.isByteByByte()) {
            out.write(bytes);
            out.flush();
            return;
        }
        for (byte one : bytes) {
            out.write(one);
            out.flush();
        }
    }

    private void end(Socket socket) throws IOException {
        if (test.end() == End.HALF_CLOSE) {
            socket.shutdownOutput();
        } else if (test.end() == End.RESET) {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no request");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static String accept(String request) {
        String key = request.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key:"))
                .findFirst()
                .orElseThrow()
                .split(":", 2)[1]
                .trim();
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void readFrames(InputStream in) throws IOException {
        for (int first = in.read(); first >= 0; first = in.read()) {
            int second = in.read();
            boolean isMasked = (second & 0x80) != 0;
            int length = second & 0x7f; // the client sends short frames only
            byte[] mask = in.readNBytes(isMasked ? 4 : 0);
            byte[] payload = in.readNBytes(length);
            for (int i = 0; isMasked && i < payload.length; i++) {
                payload[i] ^= mask[i % 4];
            }
            sent.add(new Sent(first & 0x0f, isMasked, payload));
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
