package io.fenceline.connect.sink.s2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {

    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "..", "docs", "configuration.md");

    @Test
    void shouldBeWhatTheDefinitionsSay() throws IOException {
        if ("write".equals(System.getProperty("configuration.page"))) {
            ConfigurationPage.main(new String[] {PAGE.toString()});
        }

        assertThat(PAGE)
                .as("docs/configuration.md; its first lines say how to print it again")
                .exists()
                .hasContent(ConfigurationPage.markdown());
    }

    @Test
    void shouldListEveryKeyOnce() throws IOException {
        String page = Files.readString(PAGE);
        for (String key : S2SinkConfig.configDef().names()) {
            assertThat(page.split("\\| `" + key.replace(".", "\\.") + "` \\|", -1))
                    .as(key)
                    .hasSize(2);
        }
    }
}
