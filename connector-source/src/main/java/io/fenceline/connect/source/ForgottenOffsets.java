package io.fenceline.connect.source;

import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/**
 * Requests to forget offsets that Connect cannot carry out. Where a connector has an offsets topic of its own, Connect writes what is
 * to be forgotten first into the workers' topic and then, from that write's callback, into the connector's
 * ({@code ConnectorOffsetBackingStore.set}); a transactional producer refuses the second write, whose transaction is not open. The
 * request times out after 90 seconds, nothing is forgotten, and a thread of the worker stays busy. Seen with Connect 4.3.1.
 */
public final class ForgottenOffsets {

    private static final String OWN_TOPIC = "offsets.storage.topic";

    private ForgottenOffsets() {}

    /**
     * Refuses what would not come to an end.
     *
     * @param connectorConfig as Connect hands it to {@code alterOffsets}
     * @param instead         what else to do, behind a semicolon
     * @throws ConnectException if one of the offsets is null and Connect could not remove it
     */
    public static void refuseIfImpossible(
            Map<String, String> connectorConfig,
            Map<Map<String, ?>, ? extends @Nullable Map<String, ?>> offsets,
            String instead) {
        String topic = connectorConfig.get(OWN_TOPIC);
        if (topic != null
                && !topic.isBlank()
                && "required".equals(connectorConfig.get(TransactionWatch.EXACTLY_ONCE_SUPPORT))
                && offsets.values().stream().anyMatch(offset -> offset == null)) {
            throw new ConnectException(
                    "Offsets not changed: with exactly-once support Connect cannot forget an offset in a"
                            + " topic of the connector's own (" + OWN_TOPIC + "=" + topic
                            + "): its request would time out, and a"
                            + " thread of the worker stay busy. To forget all, delete that topic while the connector is stopped, and"
                            + " create it again with cleanup.policy=compact; " + instead);
        }
    }
}
