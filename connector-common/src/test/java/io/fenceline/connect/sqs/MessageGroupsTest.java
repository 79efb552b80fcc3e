package io.fenceline.connect.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.config.GroupTemplate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The expected hashes are of another program (Python's hashlib and base64). */
class MessageGroupsTest {

    @Test
    void aGroupIsWhatTheTemplateGives() {
        assertThat(group("${topic}-${partition}", "k")).isEqualTo("orders-3");
        assertThat(group("all", "k")).isEqualTo("all");
        assertThat(group("${key}", "k-17")).isEqualTo("k-17");
        assertThat(group("${topic}/${key}", "k")).isEqualTo("orders/k");
        assertThat(group("<${key}|${partition}|${key}>", "k")).isEqualTo("<k|3|k>");
    }

    @Test
    void aRecordWithoutAKeyBelongsToItsPartition() {
        for (String key : new String[] {null, ""}) {
            assertThat(group("${key}", key)).isEqualTo("orders-3");
            assertThat(group("k:${key}", key)).isEqualTo("k:orders-3");
            assertThat(group("${topic}", key)).isEqualTo("orders");
        }
    }

    @Test
    void whatSqsDoesNotTakeIsHashed() {
        assertThat(group("${key}", "a b")).isEqualTo("yGh6CKpdbtIEQyj6aml6uOltw0KR6MIDSujDjm_MbWU");
        assertThat(group("${key}", "clé")).isEqualTo("UcvPMFFNCALrXGCgGPOE6j-5tpMHxVTuY-y0MXdZTeQ");
        assertThat(group("${topic}-${key}", "k".repeat(121))).isEqualTo("orders-" + "k".repeat(121));
        assertThat(group("${topic}-${key}", "k".repeat(122))).isEqualTo("y87wu2SX7jQmhfmlWnmUMMtj9D_q98Li0yjSYa-okXg");
        byte[] noText = {1, (byte) 0xFF, 0, 2};
        assertThat(groups("${key}").of(noText, 1, 2)).isEqualTo("6l2_lZbRh-lQDyPppoAQlHU0HPToH34EP32XFSwQdy8");
        assertThat(new MessageGroups(template("${topic}-${partition}"), "t".repeat(249), 7).of(null, 0, 0))
                .isEqualTo("n8BRwTzUSQXJKGvjerExxsGXR0xxIbtXPHMeOiMz8ME");
    }

    @Test
    void everyCharacterThatSqsTakesIsTakenAndNoOther() {
        for (int c = 0; c < 0x180; c++) {
            String key = Character.toString(c);
            boolean allowed = key.matches("[A-Za-z0-9!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]");
            if (allowed) {
                assertThat(group("${key}", key)).isEqualTo(key);
            } else {
                assertThat(group("${key}", key)).as("U+%04X", c).matches("[A-Za-z0-9_-]{43}");
            }
        }
    }

    private static String group(String template, @Nullable String key) {
        byte[] bytes = key == null ? null : key.getBytes(UTF_8);
        return groups(template).of(bytes, 0, bytes == null ? 0 : bytes.length);
    }

    private static MessageGroups groups(String template) {
        return new MessageGroups(template(template), "orders", 3);
    }

    private static GroupTemplate template(String text) {
        return GroupTemplate.parse("sqs.message.group.id", text);
    }
}
