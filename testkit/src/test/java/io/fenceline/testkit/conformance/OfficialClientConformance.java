package io.fenceline.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fenceline.testkit.S2Location;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** S2's own command line tool, and with it S2's own SDK, over HTTP/2. */
@Timeout(60)
abstract class OfficialClientConformance extends Conformance {

    private final Path program;

    OfficialClientConformance(Target target) {
        super(target);
        Optional<S2Location> found = S2Location.findReady();
        assumeTrue(
                found.orElse(null) instanceof S2Location.Binary binary
                        && binary.subcommand().isPresent(),
                "left out: S2's command line tool is neither on the PATH nor in the cache");
        program = ((S2Location.Binary) found.orElseThrow()).path();
    }

    private record Outcome(int code, String out, String err) {

        Outcome ok() {
            assertThat(code).as(err).isZero();
            return this;
        }
    }

    private Outcome s2(String input, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("S2_ACCOUNT_ENDPOINT", "http://127.0.0.1:" + server.port());
        builder.environment().put("S2_BASIN_ENDPOINT", "http://127.0.0.1:" + server.port());
        builder.environment().put("S2_ACCESS_TOKEN", "any");
        builder.environment().put("NO_COLOR", "1");
        Process process = builder.start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Outcome(process.exitValue(), out, err);
    }

    @Test
    void appendsReadsFencesTrimsAndDeletes() throws Exception {
        String basin = unique("official-basin-");
        String uri = "s2://" + basin + "/a/stream";
        s2("", "create-basin", basin).ok();
        assertThat(s2("", "list-basins", "--prefix", basin).ok().out()).contains(basin);
        s2("", "create-stream", uri, "--retention-policy", "1d").ok();
        assertThat(s2("", "get-stream-config", uri).ok().out()).contains("1day");
        s2("", "reconfigure-stream", uri, "--timestamping-mode", "arrival").ok();
        assertThat(s2("", "ls", "s2://" + basin).ok().out()).contains("a/stream");

        s2("one\ntwo\nthree\n", "append", uri).ok();
        assertThat(s2("", "read", uri, "--seq-num", "0", "--count", "3").ok().out())
                .isEqualTo("one\ntwo\nthree\n");
        assertThat(s2("", "tail", uri, "--lines", "1").ok().out()).isEqualTo("three\n");
        assertThat(s2("", "check-tail", uri).ok().out()).startsWith("3");

        s2("", "fence", uri, "owner").ok();
        assertThat(s2("x\n", "append", uri, "--fencing-token", "other").code()).isNotZero();
        s2("four\n", "append", uri, "--fencing-token", "owner", "--match-seq-num", "4")
                .ok();
        assertThat(s2("x\n", "append", uri, "--match-seq-num", "4").err()).contains("5");
        s2("", "trim", uri, "2").ok();
        s2("", "delete-stream", uri).ok();
        s2("", "delete-basin", basin).ok();
    }

    @Test
    void benchmarksWithoutLosingOrDamagingARecord() throws Exception {
        // it chains a hash over all bodies, and compares what a follower and a later reader see
        Outcome bench = s2("", "bench", Target.BASIN, "-b", "1024", "-t", "5", "-d", "2s", "-w", "0s");
        bench.ok();
    }
}
