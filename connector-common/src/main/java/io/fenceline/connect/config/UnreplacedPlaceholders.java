package io.fenceline.connect.config;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Placeholders of configuration providers, <code>${provider:[path:]key}</code>, that the worker has left in a configuration it
 * starts. The worker leaves what names a provider it does not have, or a key the provider does not know (Kafka's
 * {@code ConfigTransformer}), and says nothing. Our templates' own, such as <code>${topic}</code>, have no colon.
 */
final class UnreplacedPlaceholders {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}:]+):[^}]*}");

    private static final String KAFKAS = "org.apache.kafka.common.config.provider.";
    private static final Map<String, String> PROVIDERS =
            Map.of("env", "EnvVarConfigProvider", "file", "FileConfigProvider", "directory", "DirectoryConfigProvider");

    private UnreplacedPlaceholders() {}

    /**
     * Nothing but the placeholders is told of a value: what stands around them may be part of a secret.
     *
     * @throws TerminalException {@code CONFIG} that names each of {@code keys} whose value has one
     */
    static void refuse(Map<String, String> given, Collection<String> keys) {
        Set<String> providers = new LinkedHashSet<>();
        List<String> found = new ArrayList<>();
        for (String key : keys) {
            String value = given.get(key);
            Set<String> placeholders = value == null ? Set.of() : placeholders(value, providers);
            if (value != null && !placeholders.isEmpty()) {
                boolean whole = placeholders.contains(value.strip());
                found.add(key + (whole ? " is '" : " contains '") + String.join("', '", placeholders) + "'");
            }
        }
        if (!found.isEmpty()) {
            throw TerminalException.of(
                            TerminalCode.CONFIG,
                            String.join(", ", found) + ": the worker did not replace "
                                    + (found.size() == 1 ? "it" : "them"))
                    .safe("nothing was read or written")
                    .remedy(
                            "set in the worker's properties what follows, then restart the worker; if it is set, the provider has"
                                    + " no such value on this worker\n" + settings(providers))
                    .build();
        }
    }

    private static Set<String> placeholders(String value, Set<String> providers) {
        Set<String> placeholders = new LinkedHashSet<>();
        Matcher found = PLACEHOLDER.matcher(value);
        while (found.find()) {
            placeholders.add(found.group());
            providers.add(found.group(1));
        }
        return placeholders;
    }

    private static String settings(Set<String> providers) {
        return "config.providers=" + String.join(",", providers)
                + providers.stream()
                        .map(name -> "\nconfig.providers." + name + ".class="
                                + (PROVIDERS.containsKey(name) ? KAFKAS + PROVIDERS.get(name) : "<its class>"))
                        .collect(Collectors.joining());
    }
}
