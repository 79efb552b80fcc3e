package io.fenceline.benchmarks;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.Set;
import java.util.stream.DoubleStream;
import javax.management.Attribute;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Memory and figures of another JVM, asked for over its own management agent. */
final class WorkerJvm implements AutoCloseable {

    private static final int MOST_COLLECTIONS = 10;
    private static final long NOTHING_BYTES = 10_000;

    private final JMXConnector connector;
    private final MBeanServerConnection server;
    private final com.sun.management.ThreadMXBean threads;
    private final MemoryMXBean memory;
    private final BufferPoolMXBean direct;

    private WorkerJvm(JMXConnector connector) throws IOException {
        this.connector = connector;
        this.server = connector.getMBeanServerConnection();
        this.threads = ManagementFactory.newPlatformMXBeanProxy(
                server, ManagementFactory.THREAD_MXBEAN_NAME, com.sun.management.ThreadMXBean.class);
        this.memory = ManagementFactory.newPlatformMXBeanProxy(
                server, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
        this.direct = ManagementFactory.newPlatformMXBeanProxy(
                server, "java.nio:type=BufferPool,name=direct", BufferPoolMXBean.class);
    }

    /** The address is one that the JVM itself gives, on this machine. */
    @SuppressWarnings("BanJNDI")
    static WorkerJvm of(long pid) {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            String address;
            try {
                address = machine.startLocalManagementAgent();
            } finally {
                machine.detach();
            }
            return new WorkerJvm(JMXConnectorFactory.connect(new JMXServiceURL(address)));
        } catch (AttachNotSupportedException | IOException e) {
            throw new IllegalStateException("cannot ask JVM " + pid + " about its memory", e);
        }
    }

    /**
     * Bytes that the live Java threads have allocated on the heap so far; a thread that ends takes its figure with it.
     * What compilers and collector take for themselves is not in it.
     */
    long allocatedBytes() {
        long sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            sum += Math.max(0, bytes);
        }
        return sum;
    }

    /** What lives on the heap, after as many collections of all of it as find something; what they free outside is freed. */
    long liveHeapBytes() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < MOST_COLLECTIONS; i++) {
            memory.gc();
            long used = memory.getHeapMemoryUsage().getUsed();
            if (used > least - NOTHING_BYTES) {
                return Math.min(used, least);
            }
            least = used;
        }
        return least;
    }

    /** Buffers outside the heap. */
    long directBytes() {
        return direct.getMemoryUsed();
    }

    /** What a connector's tasks show operators under that name, the largest of them; NaN while none shows a number. */
    double figure(String connectorName, String figure) {
        return figures(connectorName, figure).max().orElse(Double.NaN);
    }

    /** The same of all of them together. */
    double sum(String connectorName, String figure) {
        return figures(connectorName, figure).reduce(Double::sum).orElse(Double.NaN);
    }

    private DoubleStream figures(String connectorName, String figure) {
        DoubleStream.Builder numbers = DoubleStream.builder();
        try {
            // not in the worker's registry besides, where it has one: each figure once
            for (ObjectName bean : beans("io.fenceline:connector=" + connectorName + ",*")) {
                for (Attribute attribute :
                        server.getAttributes(bean, new String[] {figure}).asList()) {
                    if (attribute.getValue() instanceof Number number) {
                        numbers.add(number.doubleValue());
                    }
                }
            }
        } catch (JMException | IOException e) {
            throw new IllegalStateException("cannot ask the worker for " + figure + " of " + connectorName, e);
        }
        return numbers.build();
    }

    private Set<ObjectName> beans(String pattern) throws JMException, IOException {
        return server.queryNames(new ObjectName(pattern), null);
    }

    @Override
    public void close() {
        try {
            connector.close();
        } catch (IOException e) {
            // that JVM is gone
        }
    }
}
