package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code bin/quickstart} as its user sees it, without the build that comes before: what it prints, and what it leaves behind. */
@Timeout(300)
final class QuickstartIT {

    private final List<String> output = new ArrayList<>();
    /** Broker, worker and the far side's server. */
    private final List<ProcessHandle> started = new ArrayList<>();

    @Test
    void fromKafkaToAFifoQueueThroughAKilledWorkerEveryRecordArrivesOnceAndInOrder() throws Exception {
        int code = run("--route", "sqs-sink", "--records", "3000");

        assertRight(code, 3000, "records in Kafka", "messages in the queue");
    }

    @Test
    void fromAFifoQueueToKafkaThroughAKilledWorkerEveryMessageArrivesOnceAndInOrderAndTheQueueIsEmpty()
            throws Exception {
        int code = run("--route", "sqs-source", "--records", "1000");

        assertRight(code, 1000, "records in SQS", "records in Kafka");
        assertThat(String.join("\n", output)).containsPattern("(?m)^left in the queue +0$");
    }

    /** The way out, which kills what was started, failed where nothing was. */
    @Test
    void anSqsServerThatIsNotThereIsNamedBeforeAnythingStarts() throws Exception {
        int code = run("--route", "sqs-sink", "--sqs-endpoint", "http://127.0.0.1:1");

        assertThat(code).isEqualTo(1);
        assertThat(output.get(output.size() - 1))
                .startsWith("quickstart failed: no SQS server answers at http://127.0.0.1:1");
        assertThat(String.join("\n", output)).doesNotContain("Exception in thread", "Kafka");
    }

    private void assertRight(int code, int records, String... totals) {
        String all = String.join("\n", output);
        assertThat(code).as(all).isZero();
        assertThat(all).contains("killed with SIGKILL");
        for (String total : totals) {
            assertThat(all).containsPattern("(?m)^" + total + " +" + records + "$");
        }
        for (String defect : List.of("duplicates", "missing", "out of order", "altered", "foreign")) {
            assertThat(all).containsPattern("(?m)^" + defect + " +0$");
        }
        assertThat(all).doesNotContain("S2");
        assertThat(started).hasSizeGreaterThanOrEqualTo(3);
        Await.until("nothing it started is left", Duration.ofSeconds(10), () -> started.stream()
                .noneMatch(ProcessHandle::isAlive));
    }

    private int run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dfenceline.root=" + System.getProperty("fenceline.root"),
                "-Dkafka.version=" + System.getProperty("kafka.version"),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp",
                System.getProperty("java.class.path"),
                "io.fenceline.testkit.quickstart.Quickstart"));
        command.addAll(List.of(arguments));
        Process quickstart =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(quickstart.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.add(line);
                if (line.contains("producing") || line.contains("sending")) {
                    quickstart.descendants().forEach(started::add);
                }
            }
            return quickstart.waitFor();
        } finally {
            // SIGTERM: it stops what it started
            quickstart.destroy();
        }
    }
}
