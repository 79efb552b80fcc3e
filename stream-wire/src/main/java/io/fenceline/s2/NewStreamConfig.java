package io.fenceline.s2;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a stream gets that is created; what is null comes from the basin, and what the basin does not say from S2.
 *
 * @param storageClass            where its records are kept
 * @param retentionSeconds        age at which records go; 0: they stay for ever
 * @param deleteOnEmptyMinAgeSecs the stream deletes itself when it has been empty for that long
 */
public record NewStreamConfig(
        @Nullable StorageClass storageClass,
        @Nullable Long retentionSeconds,
        @Nullable Long deleteOnEmptyMinAgeSecs) {

    /** Everything comes from the basin. */
    public static final NewStreamConfig OF_THE_BASIN = new NewStreamConfig(null, null, null);

    /** As the API's {@code StreamConfig}; null if everything comes from the basin. Source: S2's REST API, create stream. */
    @Nullable
    ObjectNode json() {
        if (equals(OF_THE_BASIN)) {
            return null;
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (storageClass != null) {
            json.put("storage_class", storageClass.name().toLowerCase(Locale.ROOT));
        }
        if (retentionSeconds != null) {
            ObjectNode policy = json.putObject("retention_policy");
            if (retentionSeconds == 0) {
                policy.putObject("infinite");
            } else {
                policy.put("age", retentionSeconds);
            }
        }
        if (deleteOnEmptyMinAgeSecs != null) {
            json.putObject("delete_on_empty").put("min_age_secs", deleteOnEmptyMinAgeSecs);
        }
        return json;
    }
}
