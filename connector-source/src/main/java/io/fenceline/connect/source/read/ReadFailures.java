package io.fenceline.connect.source.read;

import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.s2.ServerError;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The messages reading a stream ends with: what was seen, which stream, which numbers are safe, what to do. */
final class ReadFailures {

    private static final String RESTART = "then restart the task";
    private static final String CHECK_ENDPOINTS = "check the endpoints and the server's version, " + RESTART;

    private final OffsetRequestText offsets;
    private final String basin;
    private final String stream;

    ReadFailures(String connector, String basin, String stream) {
        this.offsets = new OffsetRequestText(connector);
        this.basin = basin;
        this.stream = stream;
    }

    TerminalException of(TerminalCode code, String seen, String safe, String remedy) {
        return TerminalException.of(code, seen)
                .where("stream '" + basin + "/" + stream + "'")
                .safe(safe)
                .remedy(remedy)
                .build();
    }

    TerminalException gap(long from, long to) {
        String missing = from + 1 == to ? "record " + from + " is" : "records " + from + " to " + (to - 1) + " are";
        return of(
                TerminalCode.STREAM_GAP,
                missing + " not in the stream any more, they were trimmed or expired before they were read (or may all"
                        + " have been command records, which are never delivered)",
                readBelow(from),
                "set on.gap=continue to pass over this and later gaps, or pass over this one: stop the connector, "
                        + patchOffset(String.valueOf(to)) + ", resume it");
    }

    TerminalException recreated(@Nullable Instant before, Instant now, long position) {
        return of(
                TerminalCode.STREAM_RESET,
                "the stream was deleted and made again: it was created at " + now
                        + (before == null ? "" : ", the one read before at " + before),
                readBelow(position) + " of the former stream",
                "set on.recreated=restart to read such streams from their beginning, or do it this once: stop the"
                        + " connector, " + patchOffset("0") + ", resume it");
    }

    TerminalException shrunk(long position, long tail) {
        return of(
                TerminalCode.STREAM_RESET,
                "the next record to read is " + position + ", but the stream ends at " + tail
                        + ": it lost records, was made again, or the offset was set above its end",
                readBelow(position),
                "find out what happened to the stream; to go on at its end (\"seq_num\":0 for its beginning): stop the"
                        + " connector, "
                        + patchOffset(String.valueOf(tail)) + ", resume it");
    }

    TerminalException missing(ServerError error, String safe) {
        return of(
                TerminalCode.TARGET_MISSING,
                "S2 answered " + error.describe(),
                safe,
                "create the stream or take it out of s2.streams, " + RESTART
                        + "; on.recreated=restart waits for it instead");
    }

    TerminalException refused(ServerError error, String safe) {
        Advice advice = Advice.on(error, "may read and list this stream");
        return of(advice.code(), "S2 answered " + error.describe(), safe, advice.remedy());
    }

    /** The streams with a prefix cannot be listed. */
    static TerminalException notListed(String prefix, String target, ServerError error) {
        Advice advice = Advice.on(error, "may list the basin's streams");
        return TerminalException.of(
                        advice.code(),
                        "the streams with prefix '" + prefix + "' cannot be listed: S2 answered " + error.describe())
                .where(target)
                .safe("what was read of streams found before stays as it is")
                .remedy(advice.remedy())
                .build();
    }

    static TerminalException notListedInTime(String prefix, String target, String lastTrouble, Duration lasted) {
        return TerminalException.of(
                        TerminalCode.RETRIES_EXHAUSTED,
                        "the streams with prefix '" + prefix + "' could not be listed for " + lasted.toMillis()
                                + " ms: " + lastTrouble)
                .where(target)
                .safe("what was read of streams found before stays as it is")
                .remedy("check that S2 is reachable, " + RESTART + "; retry.timeout.ms=-1 retries without end")
                .build();
    }

    /** What a refusal that will not go away by itself means. */
    private record Advice(TerminalCode code, String remedy) {

        static Advice on(ServerError error, String right) {
            if (error.refusesAccess()) {
                return new Advice(
                        TerminalCode.AUTH, "check that s2.access.token is valid and " + right + ", " + RESTART);
            }
            if (error.basinIsGone()) {
                return new Advice(
                        TerminalCode.TARGET_MISSING,
                        "set s2.basin to a basin that exists at these endpoints, or make it, " + RESTART);
            }
            if (error.mayConcernEncryptionKey()) {
                return new Advice(
                        TerminalCode.AUTH,
                        "set s2.encryption.key to the key this stream is written with (if S2 names another header, check"
                                + " the endpoints), " + RESTART);
            }
            return new Advice(TerminalCode.PROTOCOL, CHECK_ENDPOINTS);
        }
    }

    TerminalException senseless(String seen, String safe) {
        return of(TerminalCode.PROTOCOL, seen, safe, CHECK_ENDPOINTS);
    }

    TerminalException exhausted(String lastTrouble, Duration lasted, String safe) {
        return of(
                TerminalCode.RETRIES_EXHAUSTED,
                "nothing could be read for " + lasted.toMillis() + " ms: " + lastTrouble,
                safe,
                "check that S2 is reachable, " + RESTART + "; retry.timeout.ms=-1 retries without end");
    }

    TerminalException tooSmall(String safe) {
        return of(
                TerminalCode.RECORD_TOO_LARGE,
                "what comes next does not fit into the memory that buffer.max.bytes leaves for it",
                safe,
                "raise buffer.max.bytes, " + RESTART);
    }

    static String readBelow(long position) {
        return position == 0 ? "nothing was read yet" : "everything below number " + position + " was read";
    }

    private String patchOffset(String seqNum) {
        return offsets.patch(Map.of("stream", basin + "/" + stream), "seq_num", seqNum);
    }
}
