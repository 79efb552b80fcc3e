package io.fenceline.connect.source.sqs;

import io.fenceline.connect.source.PollCycle;
import io.fenceline.connect.source.queue.HeldMessage;
import io.fenceline.connect.source.queue.QueueReader;
import io.fenceline.connect.source.queue.QueueReaders;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the queues of a task have for Kafka, made into its records. Owned by the task thread. */
final class QueueSupply implements PollCycle.Supply {

    private static final Logger log = LoggerFactory.getLogger(QueueSupply.class);

    private final QueueReaders readers;
    private final Map<QueueReader, QueueRecordMapper> mappers;
    private final int maxRecords;
    private final long maxBytes;
    /** Queues whose messages were seen to be pointers, which is said once. */
    private final Set<QueueReader> told = new HashSet<>();

    /** @param mappers one for each reader */
    QueueSupply(QueueReaders readers, Map<QueueReader, QueueRecordMapper> mappers, int maxRecords, long maxBytes) {
        this.readers = readers;
        this.mappers = mappers;
        this.maxRecords = maxRecords;
        this.maxBytes = maxBytes;
    }

    @Override
    public void tick() {
        readers.throwIfDead();
    }

    @Override
    public boolean take(List<SourceRecord> into) {
        readers.take(maxRecords, maxBytes, (from, held) -> into.add(map(from, held)));
        return false;
    }

    private SourceRecord map(QueueReader from, HeldMessage held) {
        QueueRecordMapper mapper = mappers.get(from);
        if (mapper == null) {
            throw new IllegalStateException("a queue that is not the task's: " + from.queue());
        }
        if (SqsSourceAdvice.pointsElsewhere(held.message()) && told.add(from)) {
            log.warn(SqsSourceAdvice.onPointer(from.queue(), held.message().messageId()));
        }
        return mapper.map(held);
    }

    @Override
    public void accompany(List<SourceRecord> into) {}

    /** Threads of the readers do what is due, and tell when there is something to take. */
    @Override
    public long idleFor() {
        return Long.MAX_VALUE;
    }
}
