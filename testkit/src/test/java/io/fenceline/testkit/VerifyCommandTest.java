package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The shell around {@code bin/verify}: its own failures are none of the topic. */
final class VerifyCommandTest {

    @Test
    void itDoesNotEndAsWithFindingsWhenThereIsNoJava() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        "bash", ProjectRoot.find().resolve("bin/verify").toString(), "--help")
                .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", "/no/java/here");

        Process verify = builder.start();
        String said = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(said).startsWith("verify: no java found");
        assertThat(verify.waitFor()).isEqualTo(2);
    }
}
