package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.Ports;
import io.fenceline.testkit.history.TopicHistory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Many streams in one task of a small worker. */
final class SourceManyStreamsIT {

    private static final int STREAMS = Integer.getInteger("streams", 500);
    private static final int RECORDS = 40;
    private static final long BUFFER = 16L << 20;
    private static final Pattern READ_AHEAD = Pattern.compile("read-ahead-bytes=(\\d+)");

    private final Cluster cluster = Cluster.shared();

    /** 500 x 40 x 2 KiB: more than twice what may be read ahead, and nobody starves. */
    @Test
    void oneTaskReadsHundredsOfStreamsWithinItsBuffer() throws Exception {
        String prefix = Cluster.unique("many");
        String filler = "x".repeat(2_000);
        for (int stream = 0; stream < STREAMS; stream++) {
            List<String> bodies = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                bodies.add(stream + " " + i + " " + filler);
            }
            cluster.reader().createStream(prefix + "/" + stream, null);
            cluster.reader().appendTexts(prefix + "/" + stream, bodies);
        }
        int port = Ports.free();
        ConnectWorker worker = cluster.newWorker(prefix)
                .jvmOptions(JmxBeans.options("-Xmx256m", port))
                .start();
        String topic = cluster.createTopic("many-read", 1);
        Map<String, String> config = Source.config(cluster.s2(), prefix + "/*", topic, 1);
        config.put("buffer.max.bytes", Long.toString(BUFFER));
        long start = System.nanoTime();
        Source source = Source.start(cluster, worker.rest(), "source-" + prefix, config);
        long most = 0;
        while (source.committed(topic) < (long) STREAMS * RECORDS && Cluster.millisSince(start) < 120_000) {
            source.requireNoFailure();
            most = Math.max(most, readAhead(port));
        }
        Cluster.say(STREAMS + " streams, " + STREAMS * RECORDS + " records of 2 KiB within "
                + Cluster.millisSince(start) + " ms, heap 256 MiB, read-ahead seen up to " + most + " of " + BUFFER);
        assertThat(most).isBetween(1L, BUFFER);

        Map<Integer, Integer> next = new HashMap<>();
        TopicHistory.forEach(cluster.bootstrapServers(), topic, record -> {
            String[] parts = new String(record.value(), StandardCharsets.UTF_8).split(" ");
            int number = Integer.parseInt(parts[1]);
            assertThat(number).isEqualTo(next.getOrDefault(Integer.valueOf(parts[0]), 0));
            next.put(Integer.valueOf(parts[0]), number + 1);
        });
        assertThat(next).hasSize(STREAMS).allSatisfy((stream, count) -> assertThat(count)
                .isEqualTo(RECORDS));
        assertThat(Files.readString(worker.log())).doesNotContain("OutOfMemoryError");
        source.delete();
        worker.close();
    }

    private static long readAhead(int port) throws Exception {
        Matcher matcher = READ_AHEAD.matcher(JmxBeans.all(port));
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }
}
