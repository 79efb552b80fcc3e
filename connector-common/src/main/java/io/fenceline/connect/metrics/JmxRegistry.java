package io.fenceline.connect.metrics;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Figures as JMX beans, under the same names on every worker. A bean that cannot be registered is logged and missed.
 *
 * <p>A name belongs to the bean that was registered last. A task that was cancelled while it hung leaves its beans behind, and
 * closes them later, while its successor has beans of the same names on show; the two may be of different versions of the
 * archive, each with classes of its own. So a bean knows itself again by reference, and the two agree on one lock: the platform's
 * bean server, which is all they share.
 */
final class JmxRegistry implements MetricRegistry {

    private static final Logger LOG = LoggerFactory.getLogger(JmxRegistry.class);

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final String connector;
    private final String task;

    JmxRegistry(String connector, String task) {
        this.connector = connector;
        this.task = task;
    }

    @Override
    public Published publish(String type, Map<String, String> tags, Iterable<Gauge> gauges) {
        Bean bean = new Bean(gauges);
        try {
            ObjectName name = name(type, tags);
            register(bean, name);
            return () -> unregister(bean, name);
        } catch (JMException e) {
            LOG.warn("Metrics of {} {} are not available over JMX", type, tags, e);
            return () -> {};
        }
    }

    private ObjectName name(String type, Map<String, String> tags) throws JMException {
        StringBuilder name = new StringBuilder("io.fenceline:type=").append(type);
        Map<String, String> all = new LinkedHashMap<>();
        all.put("connector", connector);
        all.put("task", task);
        all.putAll(MetricRegistry.inOrder(tags));
        all.forEach((key, value) ->
                name.append(',').append(key).append('=').append(isPlain(value) ? value : ObjectName.quote(value)));
        return new ObjectName(name.toString());
    }

    private static boolean isPlain(String value) {
        return value.chars().allMatch(c -> c > ' ' && ",=:\"*?\\".indexOf(c) < 0) && !value.isEmpty();
    }

    private void register(Bean bean, ObjectName name) throws JMException {
        synchronized (server) {
            if (server.isRegistered(name)) {
                server.unregisterMBean(name);
            }
            server.registerMBean(bean, name);
        }
    }

    private void unregister(Bean bean, ObjectName name) {
        synchronized (server) {
            try {
                if (server.isRegistered(name) && server.getAttribute(name, Bean.SELF) == bean) {
                    server.unregisterMBean(name);
                }
            } catch (JMException e) {
                LOG.debug("{} could not be unregistered", name, e);
            }
        }
    }

    private static final class Bean implements DynamicMBean {

        /** Tells one registration from the next; not listed among the attributes. */
        static final String SELF = "registration";

        /** Few, so they are looked through. */
        private final List<Gauge> gauges = new ArrayList<>();

        Bean(Iterable<Gauge> gauges) {
            gauges.forEach(this.gauges::add);
        }

        private @Nullable Gauge gauge(String name) {
            for (Gauge gauge : gauges) {
                if (gauge.name().equals(name)) {
                    return gauge;
                }
            }
            return null;
        }

        @Override
        public @Nullable Object getAttribute(String attribute) throws AttributeNotFoundException {
            if (attribute.equals(SELF)) {
                return this;
            }
            Gauge gauge = gauge(attribute);
            if (gauge == null) {
                throw new AttributeNotFoundException(attribute);
            }
            return gauge.value().read();
        }

        @Override
        public AttributeList getAttributes(String[] attributes) {
            AttributeList list = new AttributeList();
            for (String attribute : attributes) {
                Gauge gauge = gauge(attribute);
                if (gauge != null) {
                    list.add(new Attribute(attribute, gauge.value().read()));
                }
            }
            return list;
        }

        @Override
        public void setAttribute(Attribute attribute) throws AttributeNotFoundException {
            throw new AttributeNotFoundException("read only");
        }

        @Override
        public AttributeList setAttributes(AttributeList attributes) {
            return new AttributeList();
        }

        @Override
        public @Nullable Object invoke(String actionName, Object[] params, String[] signature) {
            return null;
        }

        @Override
        public MBeanInfo getMBeanInfo() {
            MBeanAttributeInfo[] attributes = gauges.stream()
                    .map(gauge -> new MBeanAttributeInfo(
                            gauge.name(), Object.class.getName(), gauge.description(), true, false, false))
                    .toArray(MBeanAttributeInfo[]::new);
            return new MBeanInfo(getClass().getName(), "Fenceline", attributes, null, null, null);
        }
    }
}
