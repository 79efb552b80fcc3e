package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;

/** What a key says of itself arrives in Kafka's definition and in the values that are read by it. */
class KeysTest {

    private enum Colour {
        DARK_RED,
        BLUE
    }

    private final KeyGroup shared = new KeyGroup("Shared");
    private final Key<Duration> pause = shared.millis("wait.pause.ms")
            .between(1, 100)
            .defaultsTo(Duration.ofMillis(7))
            .importance(Importance.LOW)
            .display("Pause (ms)")
            .doc("How long to wait.");

    private final KeyGroup own = new KeyGroup("Own");
    private final Key<Colour> colour = own.oneOf("paint.colour", Colour.class)
            .defaultsTo(Colour.BLUE)
            .importance(Importance.HIGH)
            .display("Colour")
            .doc("Colour of the paint.");
    private final Key<Optional<Password>> secret = own.secret("paint.secret")
            .optional("what the colour says")
            .importance(Importance.LOW)
            .dependsOn(colour)
            .display("Secret")
            .doc("Known to nobody.");
    private final Key<Long> answer = own.parsed("topic", "a number in hexadecimal", KeysTest::hexadecimal)
            .required()
            .importance(Importance.LOW)
            .display("Answer")
            .doc("The answer.");
    private final Key<Optional<List<String>>> names = own.texts("names")
            .optional()
            .importance(Importance.LOW)
            .display("Names")
            .doc("All names.");

    private static long hexadecimal(String key, String text) {
        try {
            return Long.parseLong(text, 16);
        } catch (NumberFormatException e) {
            throw new ConfigException("Invalid value " + text + " for configuration " + key);
        }
    }

    @Test
    void aGroupThatConnectorsShareStandsUnderTheHeadingOfEach() {
        own.include(shared);
        ConfigDef one = Keys.of(own).def();
        ConfigDef other = Keys.of(shared).def();

        assertThat(one.groups()).containsExactly("Own");
        assertThat(one.configKeys().values())
                .extracting(key -> key.orderInGroup, key -> key.name)
                .containsExactlyInAnyOrder(
                        tuple(1, "paint.colour"),
                        tuple(2, "paint.secret"),
                        tuple(3, "topic"),
                        tuple(4, "names"),
                        tuple(5, "wait.pause.ms"));
        assertThat(other.groups()).containsExactly("Shared");
        assertThat(other.names()).containsExactly("wait.pause.ms");
    }

    @Test
    void aKeyThatDependsOnAnotherIsNamedThere() {
        Map<String, ConfigKey> keys = Keys.of(own).def().configKeys();

        assertThat(keys.get("paint.colour").dependents).containsExactly("paint.secret");
        assertThat(keys.get("paint.secret").dependents).isEmpty();
    }

    @Test
    void valuesAreReadAsWhatTheyMean() {
        Keys keys = Keys.of(shared, own);
        TypedConfig given = new TypedConfig(
                keys,
                Map.of(
                        "wait.pause.ms", "9",
                        "paint.colour", "dark_red",
                        "paint.secret", "hush",
                        "topic", "ff",
                        "names", "a, b"),
                false);
        TypedConfig bare = new TypedConfig(keys, Map.of("topic", "1"), false);

        assertThat(given.get(pause)).isEqualTo(Duration.ofMillis(9));
        assertThat(given.get(colour)).isEqualTo(Colour.DARK_RED);
        assertThat(given.get(secret)).map(Password::value).contains("hush");
        assertThat(given.get(secret).toString()).doesNotContain("hush");
        assertThat(given.get(answer)).isEqualTo(255);
        assertThat(given.get(names)).contains(List.of("a", "b"));
        assertThat(bare.get(pause)).isEqualTo(Duration.ofMillis(7));
        assertThat(bare.get(colour)).isEqualTo(Colour.BLUE);
        assertThat(bare.get(secret)).isEmpty();
        assertThat(bare.get(names)).isEmpty();
    }

    @Test
    void aKeyOfAnotherConnectorIsNotRead() {
        TypedConfig config = new TypedConfig(Keys.of(shared), Map.of(), false);

        assertThatThrownBy(() -> config.get(colour))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("paint.colour");
    }

    @Test
    void valuesAreCheckedAsTheKeySays() {
        Keys keys = Keys.of(shared, own);

        assertThatThrownBy(() -> new TypedConfig(keys, Map.of("topic", "1", "wait.pause.ms", "101"), false))
                .isInstanceOf(ConfigException.class)
                .hasMessage("Invalid value 101 for configuration wait.pause.ms: allowed: 1 to 100");
        assertThatThrownBy(() -> new TypedConfig(keys, Map.of("topic", "xyz"), false))
                .isInstanceOf(ConfigException.class)
                .hasMessage("Invalid value xyz for configuration topic");
        assertThatThrownBy(() -> new TypedConfig(keys, Map.of("topic", "1", "paint.colour", "dark"), false))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("one of dark_red, blue");
        assertThatThrownBy(() -> new TypedConfig(keys, Map.of(), false))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("\"topic\" which has no default value");
    }

    @Test
    void aKeyDeclaredAfterItsGroupWasTakenWouldBeMissing() {
        Keys.of(own);
        KeyGroup third = new KeyGroup("Third");
        third.include(shared);

        assertThatThrownBy(() -> flag(own, "late")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> flag(shared, "late"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("late")
                .hasMessageContaining("Shared");
    }

    @Test
    void twoKeysOfOneNameAreRefused() {
        flag(own, "wait.pause.ms");

        assertThatThrownBy(() -> Keys.of(shared, own))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("wait.pause.ms");
    }

    @Test
    void aDefaultThatIsNotAllowedIsRefused() {
        KeyGroup wrong = new KeyGroup("Wrong");
        wrong.integer("count")
                .between(1, 2)
                .defaultsTo(3)
                .importance(Importance.LOW)
                .display("Count")
                .doc("How many.");

        assertThatThrownBy(() -> Keys.of(wrong))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("1 to 2");
    }

    @Test
    void aKeyThatDoesNotSayHowItIsShownIsRefused() {
        KeyDraft<Boolean> draft = own.flag("hidden").defaultsTo(true);
        assertThatThrownBy(() -> draft.display("Hidden").doc("Nobody sees it."))
                .hasMessageContaining("hidden has no importance");
        KeyDraft<Boolean> other = own.flag("hidden").defaultsTo(true);
        assertThatThrownBy(() -> other.importance(Importance.LOW).doc("Nobody sees it."))
                .hasMessageContaining("hidden has no display name");
    }

    @Test
    void aKeyIsMistypedOnlyWhereNobodyElseHasKeys() {
        KeySpelling spelling = new KeySpelling(Keys.of(shared, own), "painter", KeySpelling.Side.SINK);

        assertThat(spelling.unknownIn(Map.of(
                        "wait.pause.ms", "1",
                        "wait.pause", "1",
                        "paint.color", "blue",
                        "topic.creation.default.partitions", "1",
                        "topics", "orders",
                        "errors.tolerance", "all")))
                .containsExactly("paint.color", "wait.pause");
    }

    @Test
    void whatWasGivenCanBeLookedAtWhereParsingFails() {
        assertThat(RawValues.text(Map.of("paint.colour", " purple "), colour)).isEqualTo("purple");
        assertThat(RawValues.text(Map.of(), colour)).isEqualTo("blue");
        assertThat(RawValues.text(Map.of(), names)).isEmpty();
        assertThat(RawValues.text(Map.of(), answer)).isEmpty();
        assertThat(RawValues.number(Map.of(), pause)).contains(7L);
        assertThat(RawValues.number(Map.of("wait.pause.ms", " 8 "), pause)).contains(8L);
        assertThat(RawValues.number(Map.of("wait.pause.ms", "soon"), pause)).isEmpty();
    }

    @Test
    void theReferencePageShowsADefaultThatDependsOnOtherKeys() {
        assertThat(new ConfigurationSection("Paint", "a.Painter", Keys.of(shared, own)).toMarkdown())
                .contains("| `paint.secret` | what the colour says | password |")
                .contains("| `names` | – | list |")
                .contains("| `topic` | **required** | string | a number in hexadecimal | The answer. |")
                .contains("| `wait.pause.ms` | `7` | long | 1 to 100 | How long to wait. |");
    }

    private static void flag(KeyGroup group, String name) {
        group.flag(name)
                .defaultsTo(true)
                .importance(Importance.LOW)
                .display("Flag")
                .doc("Whether.");
    }
}
