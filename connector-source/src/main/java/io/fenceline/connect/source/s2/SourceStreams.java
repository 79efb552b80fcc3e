package io.fenceline.connect.source.s2;

import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.source.read.StreamReaders;
import io.fenceline.connect.source.read.StreamReaders.Position;
import io.fenceline.s2.ReadStart;
import io.fenceline.s2.StreamInfo;
import io.fenceline.s2.wire.SequencedRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which streams a task reads and where it begins with each: at the offset Connect has stored, else where the configuration
 * says. Owned by the task thread.
 */
final class SourceStreams {

    private static final Logger log = LoggerFactory.getLogger(SourceStreams.class);

    private final String basin;
    private final S2SourceConfig config;
    private final OffsetStorageReader offsets;
    private final StreamReaders readers;
    private final Set<String> refused = new HashSet<>();
    private final AwaitedStarts awaited = new AwaitedStarts();
    private boolean listedBefore;

    SourceStreams(String basin, S2SourceConfig config, OffsetStorageReader offsets, StreamReaders readers) {
        this.basin = basin;
        this.config = config;
        this.offsets = offsets;
        this.readers = readers;
    }

    /** The streams of the configuration. */
    void addListed(Collection<String> streams) {
        add(streams, config.get(S2SourceConfig.START_FROM));
    }

    /** What a listing found: begins with those of this task that are new. One that came later is read from its beginning. */
    void onListed(List<StreamInfo> found) {
        Set<String> known = readers.streams();
        Set<String> sharing = sharingATopic(found);
        List<String> fresh = new ArrayList<>();
        for (StreamInfo stream : found) {
            String name = stream.name();
            if (config.ownsDiscovered(name) && !known.contains(name) && !sharing.contains(name)) {
                fresh.add(name);
            }
        }
        if (!fresh.isEmpty()) {
            log.info("{} {}: {}", listedBefore ? "New streams:" : "Streams:", fresh.size(), fresh);
        }
        awaited.retainAll(readers.remembered());
        // one that was missing goes on where this task was, which may be further than what Connect has stored
        fresh.removeIf(readers::addAgain);
        add(fresh, listedBefore ? new ReadStart.At(0) : config.get(S2SourceConfig.START_FROM));
        refused.retainAll(sharing);
        listedBefore = true;
    }

    /**
     * Streams whose topic belongs to another one that was there before, because characters that Kafka does not allow were
     * replaced in both names. All tasks come to the same result.
     */
    private Set<String> sharingATopic(List<StreamInfo> found) {
        Set<String> without = new HashSet<>();
        Map<String, List<String>> collisions =
                config.topic().collisions(found.stream().map(StreamInfo::name).toList());
        collisions.forEach((topic, names) -> {
            String first = found.stream()
                    .filter(stream -> names.contains(stream.name()))
                    .min(Comparator.comparing(StreamInfo::createdAt).thenComparing(StreamInfo::name))
                    .orElseThrow()
                    .name();
            for (String name : names) {
                if (!name.equals(first)) {
                    without.add(name);
                    if (config.ownsDiscovered(name) && refused.add(name)) {
                        log.error(
                                "Stream '{}' is not read: its records would go to the topic of stream '{}', because"
                                        + " characters that Kafka does not allow are replaced by '_'; rename one of them,"
                                        + " or read it with a connector of its own and another 'topic'",
                                name,
                                first);
                    }
                }
            }
        });
        return without;
    }

    private void add(Collection<String> streams, ReadStart otherwise) {
        List<Map<String, String>> partitions = streams.stream()
                .map(stream -> new StreamPartition(basin, stream).toMap())
                .toList();
        Map<Map<String, String>, Map<String, Object>> stored = offsets.offsets(partitions);
        for (String stream : streams) {
            @Nullable Map<String, Object> offset = stored.get(new StreamPartition(basin, stream).toMap());
            awaited.forget(stream);
            if (offset == null) {
                if (otherwise instanceof ReadStart.AtTime time) {
                    awaited.await(stream, time.millis());
                }
                readers.addFrom(stream, otherwise);
            } else {
                SourceOffset position = decode(stream, offset);
                readers.addAt(stream, position.seqNum(), position.createdAt());
            }
        }
    }

    /** Whether the record is older than what is asked for of its stream; once for each record, in order. */
    boolean isTooEarly(String stream, SequencedRecord record) {
        return awaited.isTooEarly(stream, record);
    }

    /** How far the streams have been handed over, without those of which nothing was asked for yet. */
    List<Position> positions() {
        List<Position> positions = readers.positions();
        positions.removeIf(position -> awaited.isAwaited(position.stream()));
        return positions;
    }

    private SourceOffset decode(String stream, Map<String, Object> offset) {
        try {
            return SourceOffset.decode(offset);
        } catch (ConnectException e) {
            StreamPartition partition = new StreamPartition(basin, stream);
            OffsetRequestText requests = new OffsetRequestText(config.connectorName());
            String fromTheBeginning = requests.patch(partition.toMap(), OffsetRequestText.SEQ_NUM, "0");
            throw TerminalException.of(
                            TerminalCode.WATERMARK_UNKNOWN,
                            "what is stored of stream '" + partition + "' does not say how far it has been read: "
                                    + e.getMessage())
                    .where("stream '" + partition + "'")
                    .safe("nothing was read")
                    .remedy("stop the connector, store a position or forget the stream, resume it\n"
                            + "to read the stream from its beginning: " + fromTheBeginning
                            + "\nto forget it, so that " + S2SourceConfig.START_FROM + " decides: "
                            + requests.forget(partition.toMap()))
                    .cause(e)
                    .build();
        }
    }
}
