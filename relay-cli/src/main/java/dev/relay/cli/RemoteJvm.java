package dev.relay.cli;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.PlatformManagedObject;
import java.util.List;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * Another Java process of this machine, asked from outside by the JVM's own management interface: nothing of it runs on the threads that
 * are measured, and Relay needs no code for it. The process must be of our user, and we must run on a JDK. One thread.
 */
public final class RemoteJvm implements AutoCloseable {
    private final JMXConnector connector;
    private final MBeanServerConnection beans;

    private RemoteJvm(JMXConnector connector) throws IOException {
        this.connector = connector;
        this.beans = connector.getMBeanServerConnection();
    }

    @SuppressWarnings("BanJNDI") // the address is what the process itself just told us
    public static RemoteJvm attach(long pid) {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                return new RemoteJvm(
                        JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent())));
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException | IOException e) {
            throw new IllegalStateException("cannot look into the Java process pid=" + pid + "; needs a JDK", e);
        }
    }

    /** Bytes of live objects: a full collection runs first. */
    public long liveHeapBytes() {
        MemoryMXBean memory = bean(MemoryMXBean.class);
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }

    /** Bytes of direct buffers, Netty's among them. */
    public long directBytes() {
        return all(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /** What it has used since its start, of the threads that live. */
    public JvmUsage usage() {
        var threads = bean(ThreadMXBean.class);
        long allocated = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            allocated += Math.max(0, bytes);
        }
        long collections = 0;
        long pausedMs = 0;
        for (GarbageCollectorMXBean collector : all(GarbageCollectorMXBean.class)) {
            collections += collector.getCollectionCount();
            pausedMs += collector.getCollectionTime();
        }
        return new JvmUsage(allocated, collections, pausedMs);
    }

    private <T extends PlatformManagedObject> T bean(Class<T> kind) {
        return all(kind).get(0);
    }

    private <T extends PlatformManagedObject> List<T> all(Class<T> kind) {
        try {
            return ManagementFactory.getPlatformMXBeans(beans, kind);
        } catch (IOException e) {
            throw new UncheckedIOException("the Java process does not answer", e);
        }
    }

    @Override
    public void close() {
        try {
            connector.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot leave the Java process", e);
        }
    }
}
