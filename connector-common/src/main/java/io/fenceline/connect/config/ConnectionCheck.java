package io.fenceline.connect.config;

import org.apache.kafka.common.config.ConfigDef.Importance;

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
}
