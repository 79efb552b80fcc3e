package io.fenceline.connect.source.s2;

import io.fenceline.connect.source.OversizeWatch;
import io.fenceline.connect.source.PollCycle;
import io.fenceline.connect.source.read.ReadCounters;
import io.fenceline.connect.source.read.StreamDiscovery;
import io.fenceline.connect.source.read.StreamReaders;
import io.fenceline.s2.wire.SequencedRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/** What the streams of a task have for Kafka: their records, made into Kafka's, and heartbeats. Owned by the task thread. */
final class StreamSupply implements PollCycle.Supply {

    private final S2SourceConfig config;
    private final SourceStreams streams;
    private final StreamReaders readers;
    private final @Nullable StreamDiscovery discovery;
    private final @Nullable Heartbeats heartbeats;
    private final Map<String, SourceRecordMapper> mappers;
    private final OversizeWatch oversize;
    private final ReadCounters counters;

    /**
     * @param discovery null if the streams are listed
     * @param mappers   by stream; filled here, and rid of streams that are gone by whoever knows it
     */
    StreamSupply(
            S2SourceConfig config,
            SourceStreams streams,
            StreamReaders readers,
            @Nullable StreamDiscovery discovery,
            @Nullable Heartbeats heartbeats,
            Map<String, SourceRecordMapper> mappers,
            OversizeWatch oversize,
            ReadCounters counters) {
        this.config = config;
        this.streams = streams;
        this.readers = readers;
        this.discovery = discovery;
        this.heartbeats = heartbeats;
        this.mappers = mappers;
        this.oversize = oversize;
        this.counters = counters;
    }

    @Override
    public void tick() {
        if (discovery != null) {
            discovery.tick();
        }
        readers.tick();
    }

    @Override
    public boolean take(List<SourceRecord> into) {
        boolean[] passedOver = {false};
        readers.take(
                config.get(S2SourceConfig.POLL_MAX_RECORDS),
                config.get(S2SourceConfig.POLL_MAX_BYTES),
                (stream, record, meteredBytes, createdAt) -> {
                    if (streams.isTooEarly(stream, record)) {
                        passedOver[0] = true;
                    } else {
                        into.add(map(stream, record, meteredBytes, createdAt));
                    }
                });
        return passedOver[0];
    }

    private SourceRecord map(String stream, SequencedRecord record, int meteredBytes, Instant createdAt) {
        SourceRecordMapper mapper = mappers.computeIfAbsent(
                stream,
                name -> new SourceRecordMapper(
                        new StreamPartition(config.connection().basin(), name), config));
        if (oversize.mayBeRefused(meteredBytes)) {
            oversize.warn(record.seqNum() + " of stream '" + stream + "'", meteredBytes);
        }
        return mapper.map(record, createdAt);
    }

    @Override
    public void accompany(List<SourceRecord> into) {
        if (heartbeats != null) {
            List<SourceRecord> due = heartbeats.due(streams.positions());
            counters.heartbeats.add(due.size());
            into.addAll(due);
        }
    }

    @Override
    public long idleFor() {
        long idle = readers.idleFor();
        if (discovery != null) {
            idle = Math.min(idle, discovery.idleFor());
        }
        return heartbeats == null ? idle : Math.min(idle, heartbeats.idleFor());
    }
}
