package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.ShippedConfigurations;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Every configuration of {@code config/} and {@code deploy/} is sent to a real worker, which finds no mistake in it. Only where the
 * services are, and their secrets, are ours: no placeholder is replaced here, and no queue is made.
 */
final class ShippedConfigurationsIT {

    private final Cluster cluster = Cluster.shared();

    @Test
    void aRealWorkerFindsNoMistakeInAnyOfThem() {
        Map<String, Map<String, String>> all = ShippedConfigurations.all();
        var mistakes = new TreeMap<String, Map<String, List<String>>>();
        all.forEach((name, shipped) -> {
            Map<String, List<String>> found = errors(shipped);
            if (!found.isEmpty()) {
                mistakes.put(name, found);
            }
        });

        assertThat(mistakes).isEmpty();
        assertThat(all).hasSizeGreaterThan(12);
    }

    /** The check above can see one. */
    @Test
    void aRealWorkerFindsAMistake() {
        Map<String, String> config =
                new HashMap<>(ShippedConfigurations.all().values().iterator().next());
        config.put("tasks.max", "many");

        assertThat(errors(config)).containsOnlyKeys("tasks.max");
    }

    private Map<String, List<String>> errors(Map<String, String> shipped) {
        Map<String, String> config = new HashMap<>(shipped);
        if (config.containsKey("s2.basin")) {
            config.put("s2.basin", Cluster.BASIN);
            config.put("s2.access.token", Cluster.TOKEN);
            config.put("s2.account.endpoint", cluster.s2().accountEndpoint());
            config.put("s2.basin.endpoint", cluster.s2().basinEndpoint());
        } else {
            config.put("validate.connection", "false");
        }
        return cluster.exactlyOnceWorker().rest().validationErrors(config.get("connector.class"), config);
    }
}
