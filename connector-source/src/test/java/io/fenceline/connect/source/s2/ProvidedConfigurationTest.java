package io.fenceline.connect.source.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.testkit.HerderModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values that come from configuration providers: what the tasks make of them after Connect has put the placeholders back. */
class ProvidedConfigurationTest {

    private static final Map<String, String> ENVIRONMENT = Map.of(
            "STAGE", "prod",
            "BASIN", "prod-basin",
            "TOKEN", "t0ken-of-prod",
            "STREAMS", "prod/e,prod/d,prod/c,prod/b,prod/a");

    private final Map<String, String> posted = new HashMap<>(Map.of(
            "name", "from-s2",
            "s2.basin", "my-basin",
            "s2.access.token", "${env:TOKEN}",
            "s2.basin.endpoint", "http://localhost:1"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "${env:STAGE}/e,${env:STAGE}/a, ${env:STAGE}/c,${env:STAGE}/b,${env:STAGE}/d",
                "${env:STREAMS}",
                "prod/e,prod/a,${env:STAGE}/c,prod/b,prod/d",
                "prod/e,prod/a,prod/c,prod/b,prod/d"
            })
    void everyListedStreamIsReadByExactlyOneOfTwoTasks(String list) {
        posted.put("s2.streams", list);
        assertThat(shares(stored(2), ENVIRONMENT))
                .containsExactly(List.of("prod/a", "prod/c", "prod/e"), List.of("prod/b", "prod/d"));
    }

    @Test
    void thereAreNoMoreTasksThanStreamsAndNoMoreThanAsked() {
        posted.put("s2.streams", "${env:STREAMS}");
        for (int tasks = 1; tasks <= 12; tasks++) {
            List<List<String>> shares = shares(stored(tasks), ENVIRONMENT);
            assertThat(shares).hasSize(Math.min(tasks, 5)).doesNotContain(List.of());
            assertThat(shares.stream().flatMap(List::stream))
                    .containsExactlyInAnyOrder("prod/a", "prod/b", "prod/c", "prod/d", "prod/e");
        }
    }

    @Test
    void everyStreamWithThePrefixIsReadByExactlyOneTask() {
        posted.put("s2.stream.prefix", "${env:STAGE}/");
        List<S2SourceConfig> tasks = tasks(stored(3), ENVIRONMENT);
        assertThat(tasks).extracting(S2SourceConfig::ownStreams).containsOnly(List.of());
        for (int i = 0; i < 100; i++) {
            String stream = "prod/" + i;
            assertThat(tasks.stream().filter(task -> task.ownsDiscovered(stream)))
                    .hasSize(1);
        }
    }

    /** Two of them would read one stream, or none would, if each went by its own idea. */
    @ParameterizedTest
    @CsvSource({
        "STREAMS, 'prod/e,prod/d,prod/c,prod/b', s2.streams",
        "STREAMS, 'prod/e,prod/d,prod/c,prod/b,prod/a,prod/0', s2.streams",
        "BASIN, other-basin, s2.basin other-basin"
    })
    void aTaskOnAWorkerThatResolvesOtherwiseStopsAndSaysWhatToDo(String variable, String value, String named) {
        posted.put("s2.streams", "${env:STREAMS}");
        posted.put("s2.basin", "${env:BASIN}");
        Map<String, String> elsewhere = new HashMap<>(ENVIRONMENT);
        elsewhere.put(variable, value);
        for (S2SourceConfig task : tasks(stored(2), elsewhere)) {
            assertThatThrownBy(task::ownStreams)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("configuration s2.streams")
                    .hasMessageContaining(named)
                    .hasMessageContaining("restart the connector");
        }
    }

    @Test
    void aTaskOnAWorkerThatResolvesAnotherPrefixStopsAndSaysWhatToDo() {
        posted.put("s2.stream.prefix", "${env:STAGE}/");
        Map<String, String> elsewhere = new HashMap<>(ENVIRONMENT);
        elsewhere.put("STAGE", "test");
        for (S2SourceConfig task : tasks(stored(2), elsewhere)) {
            assertThatThrownBy(task::ownStreams)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("Invalid value test/ for configuration s2.stream.prefix");
        }
    }

    /** However the lists differ: the tasks that start have no stream in common, and none has one it was not given. */
    @Test
    void tasksOnWorkersThatResolveDifferentListsNeverShareAStream() {
        posted.put("s2.streams", "${env:STREAMS}");
        List<String> lists = List.of("a", "b", "a,b", "a,b,c", "b,c", "b,c,d", "a,b,c,d", "a,c,d");
        for (String connectors : lists) {
            List<Map<String, String>> stored = stored(2, Map.of("STREAMS", connectors, "TOKEN", "t"));
            List<String> read = new ArrayList<>();
            for (Map<String, String> task : stored) {
                List<String> share = null;
                for (String tasks : lists) {
                    try {
                        List<String> own = task(task, Map.of("STREAMS", tasks, "TOKEN", "t"))
                                .ownStreams();
                        assertThat(share == null || share.equals(own)).isTrue();
                        share = own;
                    } catch (ConfigException e) {
                        assertThat(tasks).isNotEqualTo(connectors);
                    }
                }
                assertThat(share).as("on a worker that agrees").isNotNull();
                read.addAll(share);
            }
            assertThat(read).containsExactlyInAnyOrder(connectors.split(","));
        }
    }

    /** Connect restarts tasks only if a configuration differs, and under the list's key it never does. */
    @Test
    void aListThatHasChangedBehindItsPlaceholderChangesWhatIsStored() {
        posted.put("s2.streams", "${env:STREAMS}");
        Map<String, String> later = new HashMap<>(ENVIRONMENT);
        later.put("STREAMS", "prod/e,prod/d,prod/c,prod/b,prod/f");
        assertThat(stored(2)).isEqualTo(stored(2)).isNotEqualTo(stored(2, later));
    }

    @Test
    void whatAnOlderVersionStoredForATaskIsReadAsItSays() {
        posted.put("s2.streams", "prod/d,prod/b");
        posted.put("fenceline.task", "1");
        posted.put("fenceline.tasks", "2");
        assertThat(task(posted, ENVIRONMENT).ownStreams()).containsExactly("prod/d", "prod/b");
        posted.remove("s2.streams");
        posted.put("s2.stream.prefix", "prod/");
        assertThat(task(posted, ENVIRONMENT).ownStreams()).isEmpty();
    }

    /** It does not know of shares, and reads what it is given. */
    @Test
    void whatIsStoredForATaskWithoutPlaceholdersIsUnderstoodByAnOlderVersion() {
        posted.put("s2.streams", "d,a,c,b");
        assertThat(stored(2)).extracting(task -> task.get("s2.streams")).containsExactly("a,c", "b,d");
    }

    @Test
    void nothingAProviderAnsweredIsStored() {
        posted.put("s2.streams", "${env:STREAMS}");
        posted.put("s2.basin", "${env:BASIN}");
        posted.put("topic", "${env:STAGE}.${stream}");
        for (Map<String, String> task : stored(2)) {
            assertThat(task).containsEntry("s2.streams", "${env:STREAMS}");
            assertThat(task.values()).allSatisfy(value -> assertThat(value).doesNotContain("prod"));
        }
    }

    @Test
    void aTaskSeesTheConnectorsValueUnderEveryKeyThatHasAPlaceholder() {
        Map<String, String> environment = new HashMap<>();
        S2SourceConfigTest.everyKeySet().forEach((key, value) -> {
            String variable = key.replace('.', '_');
            environment.put(variable, value);
            posted.put(key, "${env:" + variable + "}");
        });
        Map<String, ?> connectors = new S2SourceConfig(new HerderModel(posted).connectorConfig(environment)).values();
        List<S2SourceConfig> tasks = tasks(stored(2, environment), environment);
        assertThat(tasks).hasSize(2).allSatisfy(task -> assertThat((Object) task.values())
                .isEqualTo(connectors));
    }

    private List<Map<String, String>> stored(int maxTasks) {
        return stored(maxTasks, ENVIRONMENT);
    }

    private List<Map<String, String>> stored(int maxTasks, Map<String, String> environment) {
        return new HerderModel(posted).storedTaskConfigs(environment, config -> {
            S2SourceConnector connector = new S2SourceConnector();
            connector.start(config);
            return connector.taskConfigs(maxTasks);
        });
    }

    private static List<List<String>> shares(List<Map<String, String>> stored, Map<String, String> environment) {
        return tasks(stored, environment).stream()
                .map(S2SourceConfig::ownStreams)
                .toList();
    }

    private static List<S2SourceConfig> tasks(List<Map<String, String>> stored, Map<String, String> environment) {
        return stored.stream().map(task -> task(task, environment)).toList();
    }

    private static S2SourceConfig task(Map<String, String> stored, Map<String, String> environment) {
        return new S2SourceConfig(HerderModel.resolved(stored, environment));
    }
}
