package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shell around {@code bin/verify} and {@code bin/position}: its own failures are none of the topic. */
final class VerifyCommandTest {

    @ParameterizedTest
    @ValueSource(strings = {"verify", "position"})
    void itDoesNotEndAsWithFindingsWhenThereIsNoJava(String command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        "bash",
                        ProjectRoot.find().resolve("bin").resolve(command).toString(),
                        "--help")
                .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", "/no/java/here");

        Process verify = builder.start();
        String said = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(said).startsWith(command + ": no java found");
        assertThat(verify.waitFor()).isEqualTo(2);
    }
}
