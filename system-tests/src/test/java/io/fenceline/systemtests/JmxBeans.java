package io.fenceline.systemtests;

import java.io.IOException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What a worker shows over JMX. */
final class JmxBeans {

    private JmxBeans() {}

    /** For a JVM that is to be looked at through this port. */
    static String[] options(String heap, int port) {
        return new String[] {
            heap,
            "-Dcom.sun.management.jmxremote.port=" + port,
            "-Dcom.sun.management.jmxremote.host=127.0.0.1",
            "-Djava.rmi.server.hostname=127.0.0.1",
            "-Dcom.sun.management.jmxremote.authenticate=false",
            "-Dcom.sun.management.jmxremote.ssl=false"
        };
    }

    /** All attributes of all beans, as text. */
    static String all(int port) throws Exception {
        StringBuilder all = new StringBuilder();
        JMXServiceURL url = new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi");
        try (JMXConnector connector = JMXConnectorFactory.connect(url)) {
            MBeanServerConnection server = connector.getMBeanServerConnection();
            for (ObjectName name : server.queryNames(null, null)) {
                all.append(name).append('\n');
                // the JVM's own hold its command line and system properties, not ours
                if (name.getDomain().startsWith("java")
                        || name.getDomain().startsWith("com.sun")
                        || name.getDomain().equals("JMImplementation")
                        || name.getDomain().startsWith("jdk")) {
                    continue;
                }
                for (MBeanAttributeInfo attribute : attributes(server, name)) {
                    try {
                        all.append("  ")
                                .append(attribute.getName())
                                .append('=')
                                .append(server.getAttribute(name, attribute.getName()))
                                .append('\n');
                    } catch (JMException | IOException | RuntimeException e) {
                        // a class only the worker knows
                        all.append(e);
                    }
                }
            }
        }
        return all.toString();
    }

    /**
     * A figure of a connector's first task, from the beans of our own domain: the worker's registry may have it, too.
     *
     * @param type of the bean, e.g. {@code sqs-sink-task}
     * @return 0 as long as there is no such task
     */
    static long ofTask(int port, String type, String connector, String figure) throws Exception {
        boolean ofTheTask = false;
        for (String line : all(port).split("\n")) {
            if (!line.startsWith("  ")) {
                ofTheTask = line.startsWith("io.fenceline:")
                        && line.contains(type)
                        && line.contains("connector=" + connector + ",");
            } else if (ofTheTask && line.startsWith("  " + figure + "=")) {
                return (long) Double.parseDouble(line.substring(line.indexOf('=') + 1));
            }
        }
        return 0;
    }

    private static MBeanAttributeInfo[] attributes(MBeanServerConnection server, ObjectName name) throws Exception {
        try {
            return server.getMBeanInfo(name).getAttributes();
        } catch (InstanceNotFoundException e) {
            // gone since it was listed: tasks come and go
            return new MBeanAttributeInfo[0];
        }
    }
}
