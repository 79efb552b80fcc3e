package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.Ports;
import io.fenceline.testkit.history.TopicHistory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
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
        // without transactions every offset is a record
        while (source.committedOffsets(topic) < (long) STREAMS * RECORDS && Cluster.millisSince(start) < 120_000) {
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

    /** Seen with default settings: a hundred connections a second, RUNNING, nothing in the log, and next to nothing read. */
    @Test
    void streamsWhoseRecordsAreLargerThanTheirShareAreReadOverOneConnectionOrTwo() throws Exception {
        int port = Ports.free();
        ConnectWorker worker = cluster.newWorker(Cluster.unique("shares"))
                .jvmOptions(JmxBeans.options("-Xmx512m", port))
                .start();
        String large = "x".repeat(1_000_000);
        readWithinItsShareAndWithRoom(
                "one large record among 30 streams",
                "session",
                30,
                worker,
                port,
                stream -> List.of(stream == 7 ? large : "small", stream == 7 ? large : "small"));
        readWithinItsShareAndWithRoom(
                "30 streams of large records", "session", 30, worker, port, stream -> List.of(large, large, large));
        List<String> kilobytes = Collections.nCopies(1_500, "y".repeat(1_000));
        readWithinItsShareAndWithRoom("60 streams of events", "sse", 60, worker, port, stream -> kilobytes);
        assertThat(Files.readString(worker.log())).doesNotContain("OutOfMemoryError", "trying again in");
        worker.close();
    }

    private void readWithinItsShareAndWithRoom(
            String what,
            String transport,
            int streams,
            ConnectWorker worker,
            int port,
            IntFunction<List<String>> bodies)
            throws Exception {
        String prefix = Cluster.unique("share");
        List<String> names = new ArrayList<>();
        long records = 0;
        for (int stream = 0; stream < streams; stream++) {
            names.add(prefix + "-" + stream);
            cluster.reader().createStream(prefix + "-" + stream, null);
            List<String> all = bodies.apply(stream);
            int atATime = Math.max(1, Math.min(900, 900_000 / all.get(0).length()));
            for (int from = 0; from < all.size(); from += atATime) {
                cluster.reader()
                        .appendTexts(prefix + "-" + stream, all.subList(from, Math.min(all.size(), from + atATime)));
            }
            records += all.size();
        }
        long withRoom = read(prefix + "-room", names, transport, 256L << 20, records, worker, port);
        long within = read(prefix + "-tight", names, transport, 32L << 20, records, worker, port);
        Cluster.say(String.format(
                "%s: %d records within %d ms, with room for all of them within %d ms, %.2f times",
                what, records, within, withRoom, (double) within / withRoom));
    }

    private long read(
            String name,
            List<String> streams,
            String transport,
            long buffer,
            long records,
            ConnectWorker worker,
            int port)
            throws Exception {
        String topic = cluster.createTopic(name, 1);
        Map<String, String> config = Source.config(cluster.s2(), String.join(",", streams), topic, 1);
        config.put("producer.override.max.request.size", "2000000");
        config.put("s2.transport", transport);
        config.put("buffer.max.bytes", Long.toString(buffer));
        long start = System.nanoTime();
        Source source = Source.start(cluster, worker.rest(), name, config);
        long handedOver = 0;
        while (handedOver < records && Cluster.millisSince(start) < 180_000) {
            handedOver = figure(port, name, "records-read-total");
            source.requireNoFailure();
            // each look asks for everything the worker's JVM has
            Await.sleep(Duration.ofMillis(200));
        }
        long took = Cluster.millisSince(start);
        source.awaitCommitted(topic, records, Duration.ofSeconds(60));
        assertThat(source.committed(topic)).isEqualTo(records);
        assertThat(figure(port, name, "sessions-total"))
                .as(name + ": connections of " + streams.size() + " streams")
                .isBetween((long) streams.size(), 2L * streams.size());
        assertThat(figure(port, name, "silences-total")).isZero();
        source.delete();
        return took;
    }

    private static long figure(int port, String connector, String figure) throws Exception {
        return JmxBeans.ofTask(port, "s2-source-task", connector, figure);
    }

    private static long readAhead(int port) throws Exception {
        Matcher matcher = READ_AHEAD.matcher(JmxBeans.all(port));
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }
}
