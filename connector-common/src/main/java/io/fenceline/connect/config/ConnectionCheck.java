package io.fenceline.connect.config;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.slf4j.Logger;

/** {@code validate.connection}, the same for every service and in both directions. */
public final class ConnectionCheck {

    public static final KeyGroup KEYS = new KeyGroup("Validation");

    public static final Key<Boolean> WANTED = KEYS.flag("validate.connection")
            .defaultsTo(true)
            .importance(Importance.LOW)
            .display("Check the connection")
            .doc("When a configuration is validated, also check within 5 s that the service can be reached and that it "
                    + "takes the credentials.");

    private ConnectionCheck() {}

    /**
     * Whether the check is to be made; if it is wanted and cannot be, the log says why.
     *
     * @param resolved no value it is made with is a placeholder that only a worker's task replaces
     * @param service  for people
     */
    public static boolean isMade(TypedConfig config, boolean resolved, String service, Logger log) {
        return isMade(config.get(WANTED), resolved, service, log);
    }

    /** As above, for a configuration that cannot be parsed while it has placeholders. */
    public static boolean isMade(Map<String, String> given, boolean resolved, String service, Logger log) {
        return isMade(RawValues.text(given, WANTED).equalsIgnoreCase("true"), resolved, service, log);
    }

    private static boolean isMade(boolean wanted, boolean resolved, String service, Logger log) {
        if (wanted && !resolved) {
            log.info(
                    "The connection to {} is not checked: the configuration has placeholders that are not resolved here",
                    service);
        }
        return wanted && resolved;
    }
}
