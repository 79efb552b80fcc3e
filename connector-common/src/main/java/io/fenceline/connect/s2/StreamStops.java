package io.fenceline.connect.s2;

import static io.fenceline.connect.TerminalCode.AUTH;
import static io.fenceline.connect.TerminalCode.PROTOCOL;
import static io.fenceline.connect.TerminalCode.QUOTA_EXHAUSTED;
import static io.fenceline.connect.TerminalCode.RETRIES_EXHAUSTED;
import static io.fenceline.connect.TerminalCode.TARGET_MISSING;

import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.TopicRequests;
import io.fenceline.s2.wire.ServerError;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.function.UnaryOperator;

/**
 * The stops of one partition or stream: what an operator does about each code, which code a refusal of S2 ends with, and the
 * request that moves the position. Sink and source say these things with the same words. Any thread.
 */
public final class StreamStops {

    /** The end of every remedy after which nothing has to be decided. */
    public static final String RESTART = "then restart the task";

    /** Where the basin's name belongs. */
    private static final String BASIN = "<s2.basin>";

    private final UnaryOperator<TerminalException.Builder> place;
    private final OffsetRequestText offsets;
    private final Map<String, ?> partition;
    private final String positionKey;

    private StreamStops(
            UnaryOperator<TerminalException.Builder> place,
            String connector,
            Map<String, ?> partition,
            String positionKey) {
        this.place = place;
        this.offsets = new OffsetRequestText(connector);
        this.partition = partition;
        this.positionKey = positionKey;
    }

    /** Of a partition that is written to a stream; its position is an offset. */
    public static StreamStops ofPartition(String connector, String topic, int partition, String stream) {
        return new StreamStops(
                stop -> stop.where(topic, partition, "stream '" + stream + "'"),
                connector,
                OffsetRequestText.kafkaPartition(topic, partition),
                OffsetRequestText.KAFKA_OFFSET);
    }

    /** Of a stream that is read; its position is a number. */
    public static StreamStops ofStream(String connector, String basin, String stream) {
        String name = basin + "/" + stream;
        return new StreamStops(
                stop -> stop.where("stream '" + name + "'"),
                connector,
                Map.of("stream", name),
                OffsetRequestText.SEQ_NUM);
    }

    /** Begins the message of a stop, with its place and the standard remedy; another remedy may replace it. */
    public TerminalException.Builder stop(TerminalCode code, String seen) {
        return place.apply(TerminalException.of(code, seen)).remedy(remedy(code));
    }

    /**
     * The call that moves the position while the connector is stopped.
     *
     * @param position a number, or a word in angle brackets that stands for one
     */
    public String patch(String position) {
        return offsets.patch(partition, positionKey, position);
    }

    /** The call that moves several partitions of the connector at once. */
    public String patch(List<OffsetRequestText.Entry> entries) {
        return offsets.patch(positionKey, entries);
    }

    /** The same for all partitions of the topic; only of a partition that is written. */
    public TopicRequests ofTopic(String topic, SortedMap<Integer, OptionalLong> settled) {
        return new TopicRequests(offsets, topic, settled);
    }

    /** Path of the connector's offsets. */
    public String offsetsPath() {
        return offsets.path();
    }

    /**
     * What to do about a stop if nothing is known but its code. Where it ends in a decision, what can be decided has to be
     * added.
     */
    public static String remedy(TerminalCode code) {
        return switch (code) {
            case FENCED ->
                "find the other writer (a second connector with the same stream template, or a task that does not stop),"
                        + " stop it, " + RESTART;
            case FOREIGN_WRITER -> "stop the other writer or give it a stream of its own";
            case STREAM_RESET -> "find out why: if the stream was not replaced on purpose, S2 has lost records";
            case STREAM_GAP -> "set on.gap=continue to pass over this and later gaps, or pass over this one";
            case WATERMARK_UNKNOWN ->
                "find the last offset that readers of the stream have, stop the connector and set where to go on";
            case TOPIC_RECREATED ->
                "find out whether the topic was made again; to write it from its beginning, set offset 0";
            case ID_CONFLICT ->
                "check whether transforms give the same result each time and whether the topic was replaced, "
                        + RESTART;
            case RECORD_TOO_LARGE, UNMAPPABLE_RECORD ->
                "skip it (errors.tolerance=all, with a dead letter queue to keep it) or move past it, " + RESTART;
            case AUTH -> validToken("has the rights it needs");
            case QUOTA_EXHAUSTED ->
                "look at the limits and the bill of the S2 account; the token is not at fault, and nothing was changed by"
                        + " the refused call; raise the quota or wait until there is some again, "
                        + RESTART;
            case TARGET_MISSING ->
                "check s2.basin and the endpoints: name a basin that exists there, or make it with: s2 create-basin "
                        + BASIN + "; " + RESTART;
            case PROTOCOL -> "check the endpoints and the server's version, " + RESTART;
            case RETRIES_EXHAUSTED ->
                "check that S2 is reachable, " + RESTART + "; retry.timeout.ms=-1 retries without end";
            case DEDUP_WINDOW_EXPIRED, LEDGER_STUCK, UNCONFIRMED_RECORD ->
                throw new IllegalArgumentException(code + " is a stop of queues");
            case CONFIG -> throw new IllegalArgumentException(code + " is a stop before there is a stream");
        };
    }

    /** A code, and what to do about it. */
    public record Advice(TerminalCode code, String remedy) {}

    /**
     * The stop that a refusal ends in, once it is believed.
     *
     * @param rights       what the token has to allow, e.g. {@code may append to this stream}
     * @param makeTheStream what to do if the stream is missing
     */
    public static Advice onRefusal(ServerError refusal, String rights, String makeTheStream) {
        if (refusal.isOfQuota()) {
            return new Advice(QUOTA_EXHAUSTED, remedy(QUOTA_EXHAUSTED));
        }
        return switch (refusal.answer()) {
            case UNAUTHENTICATED, ACCESS_TOKEN_UNKNOWN, FORBIDDEN, CREDENTIALS_REPLACED ->
                new Advice(AUTH, validToken(rights));
            case KEY_REFUSED ->
                new Advice(
                        AUTH,
                        "check s2.encryption.key: it must be the key the stream's records are written with (if S2 names"
                                + " another header, check the endpoints), " + RESTART);
            case STREAM_MISSING, STREAM_BEING_DELETED -> new Advice(TARGET_MISSING, makeTheStream);
            case BASIN_MISSING, BASIN_BEING_DELETED, NOT_FOUND -> new Advice(TARGET_MISSING, remedy(TARGET_MISSING));
            case CONTENT_REFUSED ->
                new Advice(
                        PROTOCOL,
                        "check the stream's configuration, the endpoints and the server's version, " + RESTART);
            // The conditions are for the one who set them: a refusal of this kind is none where nobody did.
            case TOKEN_MISMATCH, POSITION_MISMATCH, OUT_OF_RANGE, ALREADY_EXISTS, REQUEST_REFUSED, STRANGE ->
                new Advice(PROTOCOL, remedy(PROTOCOL));
            case CONFLICT, BUSY, DRAINING, UNAVAILABLE -> new Advice(RETRIES_EXHAUSTED, remedy(RETRIES_EXHAUSTED));
        };
    }

    /** A remedy with the basin's name in it, where it is to be made. */
    public static String inBasin(String remedy, String basin) {
        return remedy.replace(BASIN, basin);
    }

    /** A task reads its configuration, and what stands in it for a configuration provider, at each start. */
    private static String validToken(String rights) {
        return "the refused call changed nothing; check that the token of s2.access.token.file or s2.access.token is valid and "
                + rights
                + "; correct it where it comes from (the file, which is read again, or a configuration provider), or with PUT /connectors/<name>/config, "
                + RESTART;
    }
}
