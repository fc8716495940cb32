package dev.relay.sidecar.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A TCP relay in front of a server of this machine that can hold back every byte or reset every connection. */
public final class FaultProxy implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition flows = lock.newCondition();
    private volatile boolean isStalled;
    private volatile boolean isResetting;

    public FaultProxy(int target) throws IOException {
        this.target = target;
        daemon(this::acceptAll);
    }

    public int port() {
        return server.getLocalPort();
    }

    void stall() {
        isStalled = true;
    }

    /** Ends every connection, and each new one until {@link #heal}. */
    public void reset() {
        isResetting = true;
        open.forEach(FaultProxy::abort);
    }

    public void heal() {
        isResetting = false;
        lock.lock();
        try {
            isStalled = false;
            flows.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void acceptAll() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                open.add(near);
                connect(near);
            } catch (IOException e) {
                open.removeIf(Socket::isClosed); // this proxy is closed
            }
        }
    }

    private void connect(Socket near) {
        try {
            if (isResetting) {
                throw new IOException("resetting");
            }
            Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
            open.add(far);
            daemon(() -> pump(near, far));
            daemon(() -> pump(far, near));
        } catch (IOException e) {
            abort(near);
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] bytes = new byte[65_536];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                awaitFlow();
                out.write(bytes, 0, n);
            }
        } catch (IOException e) {
            abort(to);
        }
        open.remove(from);
    }

    private void awaitFlow() {
        lock.lock();
        try {
            while (isStalled) {
                flows.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private static void abort(Socket socket) {
        try (socket) {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            return; // it was closed already
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "fault-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        heal();
        server.close();
        open.forEach(FaultProxy::abort);
    }
}
