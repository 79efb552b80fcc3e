package io.fenceline.benchmarks;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * Bytes that the live Java threads of another JVM have allocated on its heap so far, asked for over its own management
 * agent. What compilers and collector take for themselves is not in it.
 */
final class Allocation implements AutoCloseable {

    private final JMXConnector connector;
    private final com.sun.management.ThreadMXBean threads;

    private Allocation(JMXConnector connector, com.sun.management.ThreadMXBean threads) {
        this.connector = connector;
        this.threads = threads;
    }

    static Allocation of(long pid) {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            String address;
            try {
                address = machine.startLocalManagementAgent();
            } finally {
                machine.detach();
            }
            JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(address));
            return new Allocation(
                    connector,
                    ManagementFactory.newPlatformMXBeanProxy(
                            connector.getMBeanServerConnection(),
                            ManagementFactory.THREAD_MXBEAN_NAME,
                            com.sun.management.ThreadMXBean.class));
        } catch (AttachNotSupportedException | IOException e) {
            throw new IllegalStateException("cannot ask JVM " + pid + " what it allocates", e);
        }
    }

    /** All threads together; a thread that ends takes its figure with it. */
    long bytes() {
        long sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            sum += Math.max(0, bytes);
        }
        return sum;
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
