package io.fenceline.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OptionsTest {

    @ParameterizedTest
    @ValueSource(strings = {"s2-sink", "s2-source", "mirror"})
    void aRouteThatExistsIsTaken(String route) throws Exception {
        assertThat(Options.parse(new String[] {"--route", route}).route()).isEqualTo(route);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqs-sink", "sqs-source"})
    void aRouteThatDoesNotExistYetSaysSo(String route) {
        assertThatThrownBy(() -> Options.parse(new String[] {"--route=" + route}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageEndingWith("not yet");
    }

    @Test
    void anUnknownRouteIsRefusedWithThoseThereAre() {
        assertThatThrownBy(() -> Options.parse(new String[] {"--route", "s3"}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining("s2-source");
    }

    @Test
    void picksTheS2ServerItIsToldTo() throws Options.UsageException {
        assertThat(Options.parse(new String[0]).server()).isEqualTo(Options.Server.AUTO);
        assertThat(Options.parse(new String[] {"--s2", "real"}).server()).isEqualTo(Options.Server.REAL);
        assertThat(Options.parse(new String[] {"--s2=embedded"}).server()).isEqualTo(Options.Server.EMBEDDED);
        assertThatThrownBy(() -> Options.parse(new String[] {"--s2", "other"}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining("auto, real or embedded");
    }

    /** Broker, worker and S2 server were started before anybody looked into the file. */
    @Test
    void aFileWithoutALineIsRefusedBeforeAnythingStarts(@TempDir Path folder) throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.txt"));
        assertThatThrownBy(() -> Options.parse(new String[] {"--from", empty.toString()}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining("no line in " + empty);
    }
}
