package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.s2.S2SinkConfig;
import io.fenceline.connect.sink.sqs.SqsSinkConfig;
import io.fenceline.connect.source.s2.S2SourceConfig;
import io.fenceline.connect.source.sqs.SqsSourceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {

    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "..", "docs", "configuration.md");

    @Test
    void shouldBeWhatTheDefinitionsSay() throws IOException {
        if ("write".equals(System.getProperty("configuration.page"))) {
            Files.writeString(PAGE, ConfigurationPage.markdown());
        }

        assertThat(PAGE)
                .as("docs/configuration.md; its first lines say how to print it again")
                .exists()
                .hasContent(ConfigurationPage.markdown());
    }

    @Test
    void shouldListEveryKeyOfEveryConnectorOnce() throws IOException {
        String[] sections = Files.readString(PAGE).split("\n## ", -1);
        assertThat(sections).hasSize(5);
        shouldListOnce(sections[1], S2SinkConfig.configDef());
        shouldListOnce(sections[2], S2SourceConfig.configDef());
        shouldListOnce(sections[3], SqsSinkConfig.configDef());
        shouldListOnce(sections[4], SqsSourceConfig.configDef());
    }

    private static void shouldListOnce(String section, ConfigDef def) {
        for (String key : def.names()) {
            assertThat(section.split("\\| `" + key.replace(".", "\\.") + "` \\|", -1))
                    .as(key)
                    .hasSize(2);
        }
    }
}
