package io.fenceline.connect;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;
import org.apache.kafka.common.TopicPartition;

/** The versions of these connectors and of what runs them, from files that the builds write into the jars. Any thread. */
public final class Version {

    private static final Properties OURS = read(Version.class, "version.properties");
    private static final Properties KAFKAS = read(TopicPartition.class, "/kafka/kafka-version.properties");

    private Version() {}

    /** Of these connectors: what Connect shows of a plugin, and the archive's name has. */
    public static String current() {
        return Objects.requireNonNull(OURS.getProperty("version"));
    }

    /** With the commit it was built of, as in {@code Implementation-Version} of our jars: {@code 0.1.0-SNAPSHOT+3f2a91bc04de}. */
    public static String withCommit() {
        return current() + "+" + OURS.getProperty("commit", "unknown");
    }

    /** The first line a connector or a task logs: two logs can then be compared, and a worker with an old archive is seen. */
    public static String startOf(String what) {
        return "Fenceline " + withCommit() + ": " + what + " starts";
    }

    /** Of the Kafka client in the worker, e.g. {@code 4.3.1}; {@code unknown} if its jar does not say. */
    public static String ofKafka() {
        return KAFKAS.getProperty("version", "unknown");
    }

    /** Empty if there is no such file. */
    private static Properties read(Class<?> beside, String file) {
        Properties properties = new Properties();
        try (InputStream in = beside.getResourceAsStream(file)) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties;
    }
}
