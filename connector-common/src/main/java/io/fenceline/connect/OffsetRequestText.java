package io.fenceline.connect;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The call of Connect's REST API that sets the position of a stopped connector, as messages print it: ready to be sent, whatever
 * characters the names have. Any thread.
 */
public final class OffsetRequestText {

    /** The one key of a sink's offset. */
    public static final String KAFKA_OFFSET = "kafka_offset";

    /** The key of a source's offset that is always there. */
    public static final String SEQ_NUM = "seq_num";

    /** Of a body with many partitions, in characters. */
    public static final int LONGEST = 24_000;

    /** Stands in a form for what the operator fills in; printed as it is. */
    public record Blank(String word) {}

    private final String connector;

    public OffsetRequestText(String connector) {
        this.connector = connector;
    }

    /**
     * The partition of a sink's request, with its keys in Connect's order.
     *
     * @param partition a number or a {@link Blank}
     */
    public static Map<String, ?> kafkaPartition(String topic, Object partition) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("kafka_topic", topic);
        keys.put("kafka_partition", partition);
        return keys;
    }

    /** Path of the connector's offsets. */
    public String path() {
        // a form's encoding differs from a path's in the space alone
        return "/connectors/"
                + URLEncoder.encode(connector, StandardCharsets.UTF_8).replace("+", "%20") + "/offsets";
    }

    /**
     * Method, path and body.
     *
     * @param partition keys and values of the partition in their order: text, numbers or a {@link Blank}
     * @param position  the number, or a word in angle brackets that stands for one
     */
    public String patch(Map<String, ?> partition, String key, String position) {
        return patch(key, List.of(new Entry(partition, position)));
    }

    /** One partition, and where it is to stand. */
    public record Entry(Map<String, ?> partition, String position) {}

    /**
     * Method, path and body for several partitions at once.
     *
     * @return with words behind it if it would be longer than {@value #LONGEST} characters, and so lacks some
     */
    public String patch(String key, List<Entry> entries) {
        return request(entries.stream()
                .map(entry -> entry(entry.partition(), "{" + quoted(key) + ":" + entry.position() + "}"))
                .toList());
    }

    /** The call that forgets what is stored of several partitions; as above. */
    public String forget(List<? extends Map<String, ?>> partitions) {
        return request(
                partitions.stream().map(partition -> entry(partition, "null")).toList());
    }

    /** The call that stores an offset of several keys; values as those of a partition. */
    public String store(Map<String, ?> partition, Map<String, ?> offset) {
        return request(List.of(entry(partition, keys(offset))));
    }

    private String request(List<String> entries) {
        StringBuilder body = new StringBuilder();
        int named = 0;
        for (String entry : entries) {
            if (named > 0 && body.length() + entry.length() > LONGEST) {
                break;
            }
            body.append(named++ == 0 ? "" : ",").append(entry);
        }
        return "PATCH " + path() + " {\"offsets\":[" + body + "]}"
                + (named == entries.size()
                        ? ""
                        : " (and the same for " + (entries.size() - named) + " partitions more)");
    }

    private static String entry(Map<String, ?> partition, String offset) {
        return "{\"partition\":" + keys(partition) + ",\"offset\":" + offset + "}";
    }

    /** The call that forgets what is stored of a partition. */
    public String forget(Map<String, ?> partition) {
        return forget(List.of(partition));
    }

    /** The body alone; parameters as above. */
    public static String body(Map<String, ?> partition, String key, String position) {
        return "{\"offsets\":[" + entry(partition, "{" + quoted(key) + ":" + position + "}") + "]}";
    }

    /** A partition or an offset as it stands in a request, its keys in the map's order. */
    public static String keys(Map<String, ?> map) {
        return map.entrySet().stream()
                .map(entry -> quoted(entry.getKey()) + ":" + value(entry.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String value(Object value) {
        if (value instanceof Blank blank) {
            return blank.word();
        }
        return value instanceof Number ? value.toString() : quoted(value.toString());
    }

    private static String quoted(String text) {
        return "\"" + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }
}
