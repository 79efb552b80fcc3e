package io.fenceline.connect.config;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The part of the configuration reference about one connector, in Markdown, made from its {@link Keys}. */
public final class ConfigurationSection {

    private final String heading;
    private final String connectorClass;
    private final Keys keys;
    private final ConfigDef def;

    public ConfigurationSection(String heading, String connectorClass, Keys keys) {
        this.heading = heading;
        this.connectorClass = connectorClass;
        this.keys = keys;
        this.def = keys.def();
    }

    public String toMarkdown() {
        StringBuilder page = new StringBuilder(8192);
        page.append("## ")
                .append(heading)
                .append("\n\n`connector.class`: `")
                .append(connectorClass)
                .append("`\n");
        for (String group : def.groups()) {
            page.append("\n### ").append(group).append("\n\n");
            page.append("| key | default | type | allowed | meaning |\n|---|---|---|---|---|\n");
            for (ConfigKey key : keysOf(group)) {
                page.append("| `")
                        .append(key.name)
                        .append("` | ")
                        .append(cell(defaultOf(key)))
                        .append(" | ")
                        .append(key.type.name().toLowerCase(Locale.ROOT))
                        .append(" | ")
                        .append(cell(allowedBy(key)))
                        .append(" | ")
                        .append(cell(key.documentation))
                        .append(" |\n");
            }
        }
        return page.toString();
    }

    private List<ConfigKey> keysOf(String group) {
        return def.configKeys().values().stream()
                .filter(key -> group.equals(key.group))
                .sorted((a, b) -> Integer.compare(a.orderInGroup, b.orderInGroup))
                .toList();
    }

    private String defaultOf(ConfigKey key) {
        if (!key.hasDefault()) {
            return "**required**";
        }
        String text = keys.defaultText(key.name);
        if (text != null) {
            return text;
        }
        return key.defaultValue == null ? "–" : "`" + key.defaultValue + "`";
    }

    private static String allowedBy(ConfigKey key) {
        if (key.validator != null) {
            return key.validator.toString();
        }
        return key.type == Type.BOOLEAN ? "true, false" : "–";
    }

    private static String cell(String text) {
        return text.lines().collect(Collectors.joining(" ")).replace("|", "\\|");
    }
}
