package io.fenceline.connect;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The versions of these connectors and of what runs them, from files that the builds write into the jars. Any thread. */
public final class Version {

    private static final String CURRENT = Objects.requireNonNull(read(Version.class, "version.properties"));
    private static final String KAFKA =
            Objects.requireNonNullElse(read(TopicPartition.class, "/kafka/kafka-version.properties"), "unknown");

    private Version() {}

    /** Of these connectors. */
    public static String current() {
        return CURRENT;
    }

    /** Of the Kafka client in the worker, e.g. {@code 4.3.1}; {@code unknown} if its jar does not say. */
    public static String ofKafka() {
        return KAFKA;
    }

    private static @Nullable String read(Class<?> beside, String file) {
        Properties properties = new Properties();
        try (InputStream in = beside.getResourceAsStream(file)) {
            if (in == null) {
                return null;
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}
