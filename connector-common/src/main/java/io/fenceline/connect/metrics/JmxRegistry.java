package io.fenceline.connect.metrics;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
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

/** Figures as JMX beans, for workers without a registry of their own. A bean that cannot be registered is logged and missed. */
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
            // A task that was cancelled while it hung may have left its bean behind; the newest one is on show.
            unregister(name, null);
            server.registerMBean(bean, name);
            return () -> unregister(name, bean);
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
        all.putAll(tags);
        all.forEach((key, value) ->
                name.append(',').append(key).append('=').append(isPlain(value) ? value : ObjectName.quote(value)));
        return new ObjectName(name.toString());
    }

    private static boolean isPlain(String value) {
        return value.chars().allMatch(c -> c > ' ' && ",=:\"*?\\".indexOf(c) < 0) && !value.isEmpty();
    }

    /** @param mine take the bean away only if it is still this one; null: whichever */
    private void unregister(ObjectName name, @Nullable Bean mine) {
        try {
            if (server.isRegistered(name)
                    && (mine == null || mine.token.equals(server.getAttribute(name, Bean.TOKEN)))) {
                server.unregisterMBean(name);
            }
        } catch (JMException e) {
            LOG.debug("{} could not be unregistered", name, e);
        }
    }

    private static final class Bean implements DynamicMBean {

        /** Tells one registration from the next; not listed among the attributes. */
        static final String TOKEN = "registration";

        final String token = Integer.toHexString(System.identityHashCode(this));
        private final Map<String, Gauge> gauges = new LinkedHashMap<>();

        Bean(Iterable<Gauge> gauges) {
            gauges.forEach(gauge -> this.gauges.put(gauge.name(), gauge));
        }

        @Override
        public @Nullable Object getAttribute(String attribute) throws AttributeNotFoundException {
            if (attribute.equals(TOKEN)) {
                return token;
            }
            Gauge gauge = gauges.get(attribute);
            if (gauge == null) {
                throw new AttributeNotFoundException(attribute);
            }
            return gauge.value().read();
        }

        @Override
        public AttributeList getAttributes(String[] attributes) {
            AttributeList list = new AttributeList();
            for (String attribute : attributes) {
                Gauge gauge = gauges.get(attribute);
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
            MBeanAttributeInfo[] attributes = gauges.values().stream()
                    .map(gauge -> new MBeanAttributeInfo(
                            gauge.name(), Object.class.getName(), gauge.description(), true, false, false))
                    .toArray(MBeanAttributeInfo[]::new);
            return new MBeanInfo(getClass().getName(), "Fenceline", attributes, null, null, null);
        }
    }
}
