package io.fenceline.connect.config;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import java.util.function.Supplier;
import org.apache.kafka.common.config.ConfigException;

/** What stops a connector or a task at its start because of its configuration has the form of every stop. Any thread. */
public final class ConfigAtStart {

    private static final String CORRECT =
            "correct what is named, with PUT /connectors/<name>/config or where a configuration provider takes it from, then"
                    + " restart the connector and its tasks\n"
                    + "to restart all: POST /connectors/<name>/restart?includeTasks=true";

    private ConfigAtStart() {}

    /**
     * @return what {@code reads} returns
     * @throws ConfigException   with what {@code reads} found, as {@code CONFIG} and with what to do; it stays Kafka's exception,
     *     which Connect takes for a fault of the configuration
     * @throws TerminalException as {@code reads} throws it
     */
    public static <T> T read(Supplier<T> reads) {
        try {
            return reads.get();
        } catch (ConfigException found) {
            TerminalException stop = TerminalException.of(TerminalCode.CONFIG, String.valueOf(found.getMessage()))
                    .safe("nothing was read or written")
                    .remedy(CORRECT)
                    .build();
            ConfigException told = new ConfigException(stop.getMessage());
            told.setStackTrace(found.getStackTrace());
            throw told;
        }
    }
}
