package io.fenceline.connect.source.s2;

import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * What Connect stores an offset under: <code>{"stream": "basin/stream"}</code>. One key on purpose: Connect finds offsets by
 * the bytes of the JSON, and the order of several keys is not dependable.
 */
public record StreamPartition(String basin, String stream) {

    private static final String KEY = "stream";

    /** For messages. */
    static final String FORM = "{\"stream\":\"<basin>/<stream>\"}";

    public Map<String, String> toMap() {
        return Map.of(KEY, basin + "/" + stream);
    }

    /** @throws ConnectException that shows the form, for anything else */
    public static StreamPartition decode(Map<String, ?> partition) {
        if (partition.size() != 1 || !(partition.get(KEY) instanceof String name)) {
            throw refused(partition);
        }
        // a basin's name has no slash, a stream's may
        int slash = name.indexOf('/');
        if (slash <= 0 || slash == name.length() - 1) {
            throw refused(partition);
        }
        return new StreamPartition(name.substring(0, slash), name.substring(slash + 1));
    }

    private static ConnectException refused(Map<String, ?> partition) {
        return new ConnectException("Source partition " + partition + " is not of the form " + FORM);
    }

    /** As in the stored form and in messages. */
    @Override
    public String toString() {
        return basin + "/" + stream;
    }
}
