package io.fenceline.connect.sink.stream;

import io.fenceline.append.SessionEnd;
import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.TopicRequests;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.s2.StreamStops;
import io.fenceline.connect.sink.claim.ClaimRequest;
import io.fenceline.connect.sink.claim.ClaimStep;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.connect.sink.lane.TargetEnd;
import io.fenceline.connect.sink.lane.TopicEnds;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.PeerText;
import io.fenceline.s2.wire.ServerError;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The messages a lane ends with: what was seen, which partition and stream, which offsets are safe, what to do. */
final class StreamFailures {

    private static final String RIGHTS = "may append to this stream";
    private static final String REQUESTED =
            "the position was set by an offset request, and no offset since is known to be" + " in the stream";

    private final StreamStops stops;
    private final StreamPolicy policy;
    private final TopicPartition lane;
    private final TopicEnds topic;
    private final GoneStreams gone;
    private final String stream;
    /** What the ids of the partition's records begin with. */
    private final String ids;

    private final Supplier<TargetEnd> end;

    /**
     * @param end   asked when a message is made: how far the stream is known to hold the partition's records then
     * @param topic how far the task's other partitions of the topic are in their streams
     * @param gone  the task's partitions whose streams are gone; what is made here because this one's is puts it there
     */
    StreamFailures(
            StreamPolicy policy,
            TopicPartition lane,
            String stream,
            Supplier<TargetEnd> end,
            TopicEnds topic,
            GoneStreams gone) {
        this.policy = policy;
        this.lane = lane;
        this.topic = topic;
        this.gone = gone;
        this.stops = StreamStops.ofPartition(policy.connector(), lane.topic(), lane.partition(), stream);
        this.stream = stream;
        this.ids = lane.topic() + "/" + lane.partition() + "/";
        this.end = end;
    }

    /** The same, once it is known whether the next task that gets the partition will come to the same stop. */
    static TerminalException afterMarking(TerminalException stop, ClaimStep.MarkOutcome outcome) {
        String doubt = outcome.doubt();
        return doubt == null
                ? stop
                : stop.with("this stop may not last: no mark of it could be left in the stream (" + doubt
                        + "), so another task that gets the partition may go on by itself");
    }

    TerminalException of(TerminalCode code, String seen, String remedy) {
        return begin(code, seen).remedy(remedy).build();
    }

    /** With the standard remedy. */
    private TerminalException.Builder begin(TerminalCode code, String seen) {
        TargetEnd now = end.get();
        return stops.stop(code, seen).safe(now.positionRequested() ? REQUESTED : safe(code, now.watermark()));
    }

    /** A refusal of S2 that is believed. */
    TerminalException refusal(ServerError error, String seen, String rights) {
        String missing = missingStream();
        StreamStops.Advice advice = StreamStops.onRefusal(error, rights, missing);
        if (isMadeAgainForTheMark() && advice.remedy().equals(missing)) {
            isGone(end.get().watermark());
        }
        return of(advice.code(), seen, StreamStops.inBasin(advice.remedy(), policy.basin()));
    }

    private static String safe(TerminalCode code, @Nullable Long durable) {
        if (durable == null) {
            return "no offset of this partition is known to be in the stream";
        }
        return "offsets up to " + durable
                + (ofAStreamThatIsGone(code) ? " were durable in the stream before" : " are durable in the stream");
    }

    private static boolean ofAStreamThatIsGone(TerminalCode code) {
        return code == TerminalCode.TARGET_MISSING || code == TerminalCode.STREAM_RESET;
    }

    private void isGone(@Nullable Long durable) {
        gone.stopped(lane, durable == null ? OptionalLong.empty() : OptionalLong.of(durable + 1));
    }

    /** A stop because the stream is gone, with one request for all partitions of the task that have stopped so. */
    TerminalException withTheOthers(TerminalException stop) {
        SortedMap<TopicPartition, OptionalLong> all = gone.all();
        if (!gone.has(lane) || all.size() < 2) {
            return stop;
        }
        List<OffsetRequestText.Entry> known = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        all.forEach((partition, next) -> {
            if (next.isPresent()) {
                known.add(new OffsetRequestText.Entry(
                        OffsetRequestText.kafkaPartition(partition.topic(), partition.partition()),
                        String.valueOf(next.getAsLong())));
            } else {
                unknown.add(partition.toString());
            }
        });
        String many =
                all.size() + " partitions of this task have stopped because their streams are gone or were made again";
        String rest = unknown.isEmpty()
                ? ""
                : " (of " + PeerText.brief(String.join(", ", unknown), 1_000)
                        + " no offset is known: decide on each by itself)";
        return known.isEmpty()
                ? stop.with(many + rest)
                : stop.withRequest(many + rest + "; to go on with all" + (unknown.isEmpty() ? "" : " others")
                        + ", send this in place of a request for each: " + stops.patch(known));
    }

    /** A record that stops the task once everything before it is durable. */
    TerminalException unwritable(UnmappableRecordException record) {
        TerminalException.Builder stop = stops.stop(record.code(), record.seen())
                .safe("everything before this record is durable in the stream")
                .cause(record);
        String remedy = record.remedy();
        return (remedy == null ? stop : stop.remedy(remedy + ", " + StreamStops.RESTART)).build();
    }

    TerminalException refused(ClaimStep.Refused refused) {
        boolean streamMissing =
                refused.code() == TerminalCode.TARGET_MISSING && policy.autoCreate() && refused.streamMissing();
        if (refused.code() == TerminalCode.STREAM_RESET || streamMissing && isMadeAgainForTheMark()) {
            isGone(end.get().watermark());
        }
        String remedy =
                switch (refused.code()) {
                    case WATERMARK_UNKNOWN ->
                        refused.advice() + ", then resume it (the last offset is in the header kafka.id, '" + ids
                                + "<offset>', of the last record that readers have of this partition; if nobody knows it,"
                                + " take the offset that GET " + stops.offsetsPath()
                                + " shows instead of the last offset + 1: everything below it was durable, so nothing is"
                                + " left out, and records written since that commit are written again)\n"
                                + "to set it: " + stops.patch("<last offset + 1>") + "\n"
                                + "without Connect's REST: bin/position of the archive, with --set-offset <last offset + 1>"
                                + " and the connector's consumer group (bin/position --help)";
                    case STREAM_RESET -> refused.advice() + "; then decide\n" + decide(next()) + "\n" + writeEarlier();
                    case FOREIGN_WRITER -> refused.advice() + "; then decide\n" + decide(next());
                    case TARGET_MISSING ->
                        streamMissing ? missingStream() : StreamStops.inBasin(refused.advice(), policy.basin());
                    case FENCED,
                            STREAM_GAP,
                            TOPIC_RECREATED,
                            ID_CONFLICT,
                            DEDUP_WINDOW_EXPIRED,
                            RECORD_TOO_LARGE,
                            UNMAPPABLE_RECORD,
                            AUTH,
                            CONFIG,
                            QUOTA_EXHAUSTED,
                            PROTOCOL,
                            RETRIES_EXHAUSTED,
                            LEDGER_STUCK,
                            UNCONFIRMED_RECORD -> refused.advice();
                };
        return of(refused.code(), refused.seen(), remedy);
    }

    /** Another task's stop, found by a claim: only what its mark says is known of it. */
    TerminalException marked(StopMark mark) {
        Long durable = mark.fact().watermark();
        if (ofAStreamThatIsGone(mark.code())) {
            isGone(durable);
        }
        String cause = mark.code() == TerminalCode.TARGET_MISSING
                ? "find out who deleted the stream"
                : StreamStops.remedy(mark.code());
        return stops.stop(
                        mark.code(),
                        "a task that wrote this stream stopped with " + mark.code()
                                + " and left a stop mark in it as its fencing token; nobody has decided since where to go"
                                + " on, so the stream was not touched (that task's log and its trace in GET /connectors/"
                                + policy.connector() + "/status say more)")
                .safe(safe(mark.code(), durable))
                .remedy(cause + "; then decide\n" + decide(next(durable)))
                .build();
    }

    /** @param since when the loss was noticed, by the wall clock */
    TerminalException fenced(int limit, FencingToken inForce, Instant since) {
        return begin(
                        TerminalCode.FENCED,
                        "another writer fenced the stream at " + since
                                + " or shortly before, the fencing token in force is '" + inForce.value()
                                + "' (a writer of ours logs its token with each claim), and "
                                + (limit == 0
                                        ? StreamPolicy.Claims.MAX_TAKEOVERS_KEY + "=0 does not allow taking it back"
                                        : "it was taken back " + limit
                                                + " times within ten minutes already ("
                                                + StreamPolicy.Claims.MAX_TAKEOVERS_KEY + ")"))
                .build();
    }

    TerminalException topicRecreated(String seen) {
        Long durable = end.get().watermark();
        long next = durable == null ? 0 : durable + 1;
        SortedMap<Integer, OptionalLong> all = topic.of(lane.topic());
        all.putIfAbsent(lane.partition(), OptionalLong.empty());
        TopicRequests requests = stops.ofTopic(lane.topic(), all);
        return of(
                TerminalCode.TOPIC_RECREATED,
                seen
                        + "; the topic was deleted and made again or truncated, or it is another cluster's, or an offset above"
                        + " its end was set, or a transform rewrites timestamps",
                "stop the connector, set where to go on, resume it\n"
                        + "to write the topic from its beginning: " + requests.fromTheBeginning()
                        + "\nto go on behind the offsets in the stream (while the topic ends below offset " + next
                        + ", put its end offset there instead, which leaves out what it holds now)"
                        + requests.ofTheOthers() + ": "
                        + requests.behindSettled(lane.partition(), String.valueOf(next))
                        + (policy.exactlyOnce() ? "\n" + clearFence() : ""));
    }

    TerminalException sessionEnd(SessionEnd.Failure failure) {
        String seen = failure.describe();
        return failure.map(new SessionEnd.Failure.Cases<>() {
            @Override
            public TerminalException foreignWriter(SessionEnd.ForeignWriter end) {
                return of(
                        TerminalCode.FOREIGN_WRITER,
                        seen,
                        StreamStops.remedy(TerminalCode.FOREIGN_WRITER) + "; then decide\n" + decide(next()));
            }

            @Override
            public TerminalException streamReset(SessionEnd.StreamReset end) {
                return StreamFailures.this.streamReset(seen);
            }

            @Override
            public TerminalException idConflict(SessionEnd.IdConflict end) {
                return begin(TerminalCode.ID_CONFLICT, seen).build();
            }

            @Override
            public TerminalException targetMissing(SessionEnd.TargetMissing end) {
                return missing(end.error());
            }

            @Override
            public TerminalException authFailed(SessionEnd.AuthFailed end) {
                return end.error().isOfQuota() ? missing(end.error()) : refusal(end.error(), seen, RIGHTS);
            }

            @Override
            public TerminalException rejected(SessionEnd.Rejected end) {
                return refusal(end.error(), seen, RIGHTS);
            }

            @Override
            public TerminalException protocolFailed(SessionEnd.ProtocolFailed end) {
                return begin(TerminalCode.PROTOCOL, seen).build();
            }

            @Override
            public TerminalException inDoubt(SessionEnd.InDoubt end) {
                return of(
                        TerminalCode.RETRIES_EXHAUSTED,
                        seen + "; retry.policy=no_side_effects does not send such a batch again",
                        "restart the task: it asks the stream which offsets it holds and goes on behind them");
            }

            @Override
            public TerminalException retriesExhausted(SessionEnd.RetriesExhausted end) {
                return begin(TerminalCode.RETRIES_EXHAUSTED, seen).build();
            }
        });
    }

    TerminalException reportLost(long offset, Throwable reason) {
        if (reason instanceof UnmappableRecordException unreported) {
            return unwritable(unreported);
        }
        return begin(
                        TerminalCode.UNMAPPABLE_RECORD,
                        "the record at offset " + offset + " cannot be written to S2, and its report to the dead letter"
                                + " queue failed: " + reason.getClass().getName())
                .remedy("check the dead letter queue's topic, " + StreamStops.RESTART)
                .cause(reason)
                .build();
    }

    TerminalException streamReset(String seen) {
        isGone(end.get().watermark());
        return of(
                TerminalCode.STREAM_RESET,
                seen,
                StreamStops.remedy(TerminalCode.STREAM_RESET) + "; then decide\n" + decide(next()) + "\n"
                        + writeEarlier());
    }

    /** A refusal that says all by itself. */
    TerminalException missing(ServerError error) {
        return refusal(error, "S2 answered " + error.describe(), RIGHTS);
    }

    private boolean isMadeAgainForTheMark() {
        return policy.exactlyOnce() && policy.autoCreate();
    }

    private String missingStream() {
        if (isMadeAgainForTheMark()) {
            return "find out who deleted the stream; it is made again, empty, only to hold the mark of this stop ("
                    + ClaimRequest.MAY_CREATE_KEY + "=true); then decide\n" + decide(next()) + "\n" + writeEarlier();
        }
        return "if the stream's records are not needed any more, restart the task: with " + ClaimRequest.MAY_CREATE_KEY
                + "=true it"
                + " makes the stream again, else create it first; it starts at the consumer group's position\n"
                + writeEarlier();
    }

    private String next() {
        return next(end.get().watermark());
    }

    /** Where to go on if everything that was durable is to stay as it is. */
    private static String next(@Nullable Long durable) {
        return durable == null ? "<offset to go on at>" : String.valueOf(durable + 1);
    }

    /** Both ways on from a stop that lasts. */
    private String decide(String next) {
        return "to go on, stop the connector, set the offset, resume it: " + stops.patch(next) + "\n" + clearFence();
    }

    /** With S2's own command line. */
    private String clearFence() {
        return "or, without Connect's REST, clear the fence and restart the task, which goes on behind the last record of the"
                + " partition in the stream, or at the consumer group's position if there is none: s2 fence s2://"
                + policy.basin() + "/" + PeerText.brief(stream, 1_000) + " \"\"";
    }

    private String writeEarlier() {
        return "or, to write earlier records again, do the same with the first of them: "
                + stops.patch("<first offset to write>");
    }
}
