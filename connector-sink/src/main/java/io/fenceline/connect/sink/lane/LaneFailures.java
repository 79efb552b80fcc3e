package io.fenceline.connect.sink.lane;

import io.fenceline.append.SessionEnd;
import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.sink.claim.ClaimStep;
import io.fenceline.s2.ServerError;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The messages a lane ends with: what was seen, which partition and stream, which offsets are safe, what to do. */
final class LaneFailures {

    private static final String RESTART = "then restart the task";

    private final OffsetRequestText offsets;
    private final TopicPartition lane;
    private final String stream;

    LaneFailures(String connector, TopicPartition lane, String stream) {
        this.offsets = new OffsetRequestText(connector);
        this.lane = lane;
        this.stream = stream;
    }

    TerminalException of(TerminalCode code, String seen, @Nullable Long durable, String remedy) {
        return TerminalException.of(code, seen)
                .where(lane.topic(), lane.partition(), stream)
                .safe(safe(code, durable))
                .remedy(remedy)
                .build();
    }

    private static String safe(TerminalCode code, @Nullable Long durable) {
        if (durable == null) {
            return "no offset of this partition is known to be in the stream";
        }
        boolean streamMayBeGone = code == TerminalCode.TARGET_MISSING || code == TerminalCode.STREAM_RESET;
        return "offsets up to " + durable
                + (streamMayBeGone ? " were durable in the stream before" : " are durable in the stream");
    }

    /** A record that stops the task once everything before it is durable. */
    TerminalException unwritable(UnmappableRecordException record) {
        return TerminalException.of(record.code(), record.seen())
                .where(lane.topic(), lane.partition(), stream)
                .safe("everything before this record is durable in the stream")
                .remedy("skip it (errors.tolerance=all, with a dead letter queue to keep it) or move past it, "
                        + RESTART)
                .cause(record)
                .build();
    }

    TerminalException refused(ClaimStep.Refused refused, @Nullable Long durable) {
        String remedy =
                switch (refused.code()) {
                    case WATERMARK_UNKNOWN ->
                        refused.advice() + ": " + patchOffset("<last offset + 1>")
                                + "; if nobody knows it, take the offset that GET " + offsets.path()
                                + " shows: everything below it was durable, so nothing is left out, and records"
                                + " written since that commit are written again; then resume the connector";
                    case STREAM_RESET -> refused.advice() + "; " + writeEarlier();
                    default -> refused.advice();
                };
        return of(refused.code(), refused.seen(), durable, remedy);
    }

    TerminalException fenced(int limit, @Nullable Long durable) {
        return of(
                TerminalCode.FENCED,
                "another writer fenced the stream, and "
                        + (limit == 0
                                ? "claim.max.takeovers=0 does not allow taking it back"
                                : "it was taken back " + limit
                                        + " times within ten minutes already (claim.max.takeovers)"),
                durable,
                "find the other writer (a second connector with the same stream template, or a task that does not"
                        + " stop), stop it, " + RESTART);
    }

    TerminalException topicRecreated(String seen, @Nullable Long durable) {
        long next = durable == null ? 0 : durable + 1;
        return of(
                TerminalCode.TOPIC_RECREATED,
                seen
                        + "; the topic was deleted and made again or truncated, or it is another cluster's, or an offset above"
                        + " its end was set, or a transform rewrites timestamps",
                durable,
                "stop the connector; to write the topic from its beginning: " + patchOffset("0")
                        + "; to go on behind the offsets in the stream: " + patchOffset(String.valueOf(next))
                        + " (while the topic ends below offset " + next + ", put its end offset there instead, which"
                        + " leaves out what it holds now); then resume it");
    }

    /** Null if the session's end is no failure of the lane. */
    @Nullable
    TerminalException sessionEnd(SessionEnd end, @Nullable Long durable) {
        if (end instanceof SessionEnd.ForeignWriter) {
            return of(
                    TerminalCode.FOREIGN_WRITER,
                    end.describe(),
                    durable,
                    "stop the other writer or give it a stream of its own, " + RESTART);
        }
        if (end instanceof SessionEnd.StreamReset) {
            return streamReset(end.describe(), durable);
        }
        if (end instanceof SessionEnd.IdConflict) {
            return of(
                    TerminalCode.ID_CONFLICT,
                    end.describe(),
                    durable,
                    "check whether transforms give the same result each time and whether the topic was replaced, "
                            + RESTART);
        }
        if (end instanceof SessionEnd.TargetMissing missing) {
            return missing(missing.error(), durable);
        }
        if (end instanceof SessionEnd.AuthFailed) {
            return of(
                    TerminalCode.AUTH,
                    end.describe(),
                    durable,
                    "check that s2.access.token is valid and may append to this stream, " + RESTART);
        }
        if (end instanceof SessionEnd.Rejected rejected && rejected.error().mayConcernEncryptionKey()) {
            return of(
                    TerminalCode.AUTH,
                    end.describe(),
                    durable,
                    "check s2.encryption.key: it must be the key of this stream's records (if S2 names another header,"
                            + " check the endpoints), " + RESTART);
        }
        if (end instanceof SessionEnd.Rejected || end instanceof SessionEnd.ProtocolFailed) {
            return of(
                    TerminalCode.PROTOCOL,
                    end.describe(),
                    durable,
                    "check the endpoints, the stream's configuration and the server's version, " + RESTART);
        }
        if (end instanceof SessionEnd.InDoubt) {
            return of(
                    TerminalCode.RETRIES_EXHAUSTED,
                    end.describe() + "; retry.policy=no_side_effects does not send such a batch again",
                    durable,
                    "restart the task: it asks the stream which offsets it holds and goes on behind them");
        }
        if (end instanceof SessionEnd.RetriesExhausted) {
            return of(
                    TerminalCode.RETRIES_EXHAUSTED,
                    end.describe(),
                    durable,
                    "check that S2 is reachable, " + RESTART + "; retry.timeout.ms=-1 retries without end");
        }
        return null;
    }

    TerminalException reportLost(long offset, Throwable reason, @Nullable Long durable) {
        return TerminalException.of(
                        TerminalCode.UNMAPPABLE_RECORD,
                        "the record at offset " + offset + " cannot be written to S2, and its report to the dead letter"
                                + " queue failed: " + reason.getClass().getName())
                .where(lane.topic(), lane.partition(), stream)
                .safe(
                        durable == null
                                ? "no offset of this partition is known to be in the stream"
                                : "offsets up to " + durable + " are durable in the stream")
                .remedy("check the dead letter queue's topic, " + RESTART)
                .cause(reason)
                .build();
    }

    TerminalException streamReset(String seen, @Nullable Long durable) {
        return of(
                TerminalCode.STREAM_RESET,
                seen,
                durable,
                "if that was done on purpose, restart the task: in a stream made again it starts at the consumer group's"
                        + " position; " + writeEarlier());
    }

    TerminalException missing(ServerError error, @Nullable Long durable) {
        return of(
                TerminalCode.TARGET_MISSING,
                "S2 answered " + error.describe(),
                durable,
                !error.streamIsGone()
                        ? "check s2.basin and the endpoints, " + RESTART
                        : "if the stream's records are not needed any more, restart the task: with"
                                + " s2.stream.auto.create=true it makes the stream again, else create it first; it"
                                + " starts at the consumer group's position; " + writeEarlier());
    }

    private String writeEarlier() {
        return "to write earlier records again, stop the connector, set the offset, resume it: "
                + patchOffset("<first offset to write>");
    }

    private String patchOffset(String offset) {
        Map<String, Object> partition = new LinkedHashMap<>();
        partition.put("kafka_topic", lane.topic());
        partition.put("kafka_partition", lane.partition());
        return offsets.patch(partition, "kafka_offset", offset);
    }
}
