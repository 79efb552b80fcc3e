package io.fenceline.connect.config;

import io.fenceline.sqs.QueueCredentials;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.config.ConfigException;

/** A user's class that provides AWS credentials: found beside the connector, made, and told the connector's configuration. */
final class CredentialsProviderClass {

    private CredentialsProviderClass() {}

    /** Reports a class that cannot be used, or that refuses the configuration. */
    static void check(Key<?> key, String className, Map<String, String> given, ConfigProblems problems) {
        try {
            close(create(key, className, given).provider());
        } catch (ConfigException e) {
            problems.add(key, String.valueOf(e.getMessage()));
        }
    }

    /** @throws ConfigException naming key, class and what is wrong with it */
    static QueueCredentials.ProvidedBy create(Key<?> key, String className, Map<String, ?> given) {
        Object provider;
        try {
            // the loader of the plugin's folder, which has the SDK whose interface the class must implement
            Class<?> type = Class.forName(className, true, CredentialsProviderClass.class.getClassLoader());
            provider = QueueCredentials.newProvider(type);
        } catch (ClassNotFoundException | LinkageError e) {
            throw refused(
                    key,
                    className,
                    "the class cannot be loaded (" + e.getClass().getSimpleName() + ": " + e.getMessage() + ")");
        } catch (IllegalArgumentException e) {
            throw refused(key, className, String.valueOf(e.getMessage()));
        }
        if (provider instanceof Configurable configurable) {
            configure(configurable, key, className, given);
        }
        return new QueueCredentials.ProvidedBy(provider);
    }

    private static void configure(Configurable provider, Key<?> key, String className, Map<String, ?> given) {
        try {
            provider.configure(new HashMap<>(given));
        } catch (RuntimeException e) {
            close(provider);
            // what it says may quote a secret of the configuration
            throw refused(
                    key,
                    className,
                    "it refuses the connector's configuration (" + e.getClass().getName() + ")");
        }
    }

    private static void close(Object provider) {
        if (provider instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                // it was only tried out, and has nothing that would be missed
                return;
            }
        }
    }

    private static ConfigException refused(Key<?> key, String className, String problem) {
        return new ConfigException("Invalid value " + className + " for configuration " + key + ": " + problem
                + "; allowed: an AwsCredentialsProvider in the connector's plugin folder");
    }
}
