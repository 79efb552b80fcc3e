package io.fenceline.connect.source.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.config.TaskKeys;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.connect.source.read.GapPolicy;
import io.fenceline.connect.source.read.ReadCounters;
import io.fenceline.connect.source.read.ReadPolicies;
import io.fenceline.connect.source.read.RecreationPolicy;
import io.fenceline.connect.source.read.SimulatedBasin;
import io.fenceline.connect.source.read.StreamReaders;
import io.fenceline.s2.ReadStart;
import io.fenceline.s2.StreamInfo;
import io.fenceline.s2.wire.SequencedRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SourceStreamsTest {

    private static final Instant EARLY = Instant.parse("2026-01-01T00:00:00Z");

    private final SimulatedBasin basin = new SimulatedBasin();
    private final Map<Map<String, ?>, Map<String, Object>> stored = new HashMap<>();
    private final PollInbox inbox = new PollInbox();
    private long now = 7;
    private final StreamReaders readers = new StreamReaders(
            "c",
            "b",
            basin,
            inbox,
            ReadPolicies.of(GapPolicy.FAIL, RecreationPolicy.FAIL, true, null),
            new ReadCounters(),
            MetricRegistry.of(new Object(), "streams-test", "0"),
            8 << 20,
            1 << 20,
            () -> now,
            new Random(1));

    @AfterEach
    void close() {
        readers.close();
    }

    @Test
    void aListedStreamGoesOnWhereItsOffsetSaysAndOthersBeginWhereTheConfigurationSays() {
        stored.put(new StreamPartition("b", "known").toMap(), Map.of("seq_num", 42));
        streams(Map.of("s2.streams", "known,new", "start.from", "latest")).addListed(List.of("known", "new"));
        readers.tick();
        assertThat(basin.starts())
                .containsExactly(Map.entry("known", new ReadStart.At(42)), Map.entry("new", new ReadStart.Latest()));
    }

    @Test
    void anOffsetThatIsNotOursIsRefusedWithTheForm() {
        stored.put(new StreamPartition("b", "known").toMap(), Map.of("position", 42L));
        assertThatThrownBy(() -> streams(Map.of("s2.streams", "known")).addListed(List.of("known")))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("\"seq_num\":<next number")
                .hasMessageStartingWith("[WATERMARK_UNKNOWN] what is stored of stream 'b/known'")
                .hasMessageContaining("PATCH /connectors/from-s2/offsets {\"offsets\":[{\"partition\":{\"stream\":"
                        + "\"b/known\"},\"offset\":{\"seq_num\":0}}]}");
    }

    @Test
    void aStreamNameWithQuotesMadeARequestThatConnectRefused() {
        String name = "a \"quoted\" one";
        stored.put(new StreamPartition("b", name).toMap(), Map.of("position", 42L));
        assertThatThrownBy(() -> streams(Map.of("s2.streams", name)).addListed(List.of(name)))
                .hasMessageContaining(
                        "{\"partition\":{\"stream\":\"b/a \\\"quoted\\\" one\"},\"offset\":{\"seq_num\":0}}");
    }

    @Test
    void aTaskWithMoreStreamsThanItsBufferHasRoomForSaysWhatToRaise() {
        List<String> many = IntStream.range(0, 5_000).mapToObj(i -> "s" + i).toList();
        assertThatThrownBy(() ->
                        streams(Map.of("s2.streams", String.join(",", many))).addListed(many))
                .isInstanceOf(TerminalException.class)
                .hasMessageStartingWith("[RECORD_TOO_LARGE] buffer.max.bytes is too small for this task's streams")
                .hasMessageContaining("raise buffer.max.bytes or tasks.max");
    }

    @Test
    void aStreamThatComesAgainIsReadFromItsBeginningAlsoIfItsStartWasAwaited() {
        SourceStreams streams = streams(Map.of("s2.stream.prefix", "p/", "start.from", "2035-01-01T00:00:00Z"));
        streams.onListed(List.of(info("p/a", 0)));
        SequencedRecord early = new SequencedRecord(0, 1_700_000_000_000L, List.of(), new byte[0]);
        assertThat(streams.isTooEarly("p/a", early)).isTrue();
        assertThat(streams.isTooEarly("p/b", early)).isFalse();
        readers.close();
        streams.onListed(List.of(info("p/a", 9)));
        assertThat(streams.isTooEarly("p/a", early)).isFalse();
    }

    @Test
    void aStreamThatComesWhileTheTaskRunsIsReadFromItsBeginning() {
        SourceStreams streams = streams(Map.of("s2.stream.prefix", "p/", "start.from", "latest"));
        streams.onListed(List.of(info("p/a", 0)));
        streams.onListed(List.of(info("p/a", 0), info("p/b", 1)));
        readers.tick();
        assertThat(basin.starts())
                .containsExactly(Map.entry("p/a", new ReadStart.Latest()), Map.entry("p/b", new ReadStart.At(0)));
    }

    /** Under transaction.boundary=interval the stored offset is behind, and what was between the two came twice. */
    @Test
    void aStreamThatComesBackGoesOnWhereTheTaskWasAndNotWhereConnectHasStored() {
        SimulatedBasin.Stream stream = basin.create("p/a");
        List<Long> read = new ArrayList<>();
        SourceStreams streams = streams(Map.of("s2.stream.prefix", "p/"));
        streams.onListed(List.of(new StreamInfo("p/a", stream.createdAt, null)));
        for (int i = 0; i < 3; i++) {
            basin.append(stream);
        }
        run(read);
        stored.put(
                new StreamPartition("b", "p/a").toMap(),
                Map.of("seq_num", 1L, "created_at", stream.createdAt.toString()));
        basin.remove("p/a");
        run(read);
        assertThat(readers.streams()).isEmpty();
        basin.restore("p/a", stream);
        basin.append(stream);
        streams.onListed(List.of(new StreamInfo("p/a", stream.createdAt, null)));
        run(read);
        assertThat(read).containsExactly(0L, 1L, 2L, 3L);
    }

    private void run(List<Long> read) {
        for (int i = 0; i < 30; i++) {
            inbox.drain();
            readers.tick();
            readers.take(100, 1 << 20, (name, record, meteredBytes, createdAt) -> read.add(record.seqNum()));
            basin.answerAll();
            basin.moveAll();
            now += 200_000_000;
        }
    }

    @Test
    void everyStreamHasOneOwnerAmongTheTasks() {
        List<StreamInfo> found = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            found.add(info("p/" + i, 0));
        }
        int owned = 0;
        for (int task = 0; task < 7; task++) {
            readers.close();
            streams(Map.of("s2.stream.prefix", "p/", TaskKeys.NUMBER, String.valueOf(task), TaskKeys.COUNT, "7"))
                    .onListed(found);
            owned += readers.streams().size();
        }
        assertThat(owned).isEqualTo(50);
    }

    @Test
    void ofStreamsThatShareATopicTheOneThatWasThereFirstIsRead() {
        SourceStreams streams = streams(Map.of("s2.stream.prefix", "p"));
        streams.onListed(List.of(info("p/a", 5), info("p_a", 2), info("p:a", 9)));
        assertThat(readers.streams()).containsExactly("p_a");
        // also if the others are listed first the next time
        streams.onListed(List.of(info("p:a", 9), info("p/a", 5), info("p_a", 2)));
        assertThat(readers.streams()).containsExactly("p_a");
    }

    private static StreamInfo info(String name, int seconds) {
        return new StreamInfo(name, EARLY.plusSeconds(seconds), null);
    }

    private SourceStreams streams(Map<String, String> given) {
        Map<String, String> all = new HashMap<>(given);
        all.put("name", "from-s2");
        all.put("s2.basin", "my-basin");
        all.put("s2.basin.endpoint", "http://localhost:1");
        return new SourceStreams("b", new S2SourceConfig(all), new Offsets(), readers);
    }

    /** What Connect has stored. */
    private final class Offsets implements OffsetStorageReader {

        @Override
        public <T> Map<String, Object> offset(Map<String, T> partition) {
            return stored.get(partition);
        }

        @Override
        public <T> Map<Map<String, T>, Map<String, Object>> offsets(Collection<Map<String, T>> partitions) {
            Map<Map<String, T>, Map<String, Object>> found = new HashMap<>();
            partitions.forEach(partition -> found.put(partition, stored.get(partition)));
            return found;
        }
    }
}
