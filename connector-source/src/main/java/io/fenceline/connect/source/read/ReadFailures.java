package io.fenceline.connect.source.read;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.s2.ServerError;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The messages reading a stream ends with: what was seen, which stream, which numbers are safe, what to do. */
final class ReadFailures {

    private static final String RESTART = "then restart the task";

    private final String connector;
    private final String basin;
    private final String stream;

    ReadFailures(String connector, String basin, String stream) {
        this.connector = connector;
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
        if (error.status() == 401 || error.status() == 403) {
            return of(
                    TerminalCode.AUTH,
                    "S2 answered " + error.describe(),
                    safe,
                    "check that s2.access.token is valid and may read and list this stream, " + RESTART);
        }
        if (error.mayConcernEncryptionKey()) {
            return of(
                    TerminalCode.AUTH,
                    "S2 answered " + error.describe(),
                    safe,
                    "set s2.encryption.key to the key this stream is written with (if S2 names another header, check the"
                            + " endpoints), " + RESTART);
        }
        return senseless("S2 answered " + error.describe(), safe);
    }

    TerminalException senseless(String seen, String safe) {
        return of(TerminalCode.PROTOCOL, seen, safe, "check the endpoints and the server's version, " + RESTART);
    }

    TerminalException exhausted(String lastTrouble, long millis, String safe) {
        return of(
                TerminalCode.RETRIES_EXHAUSTED,
                "nothing could be read for " + millis + " ms: " + lastTrouble,
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
        return "PATCH /connectors/" + connector + "/offsets {\"offsets\":[{\"partition\":{\"stream\":\"" + basin + "/"
                + stream + "\"},\"offset\":{\"seq_num\":" + seqNum + "}}]}";
    }
}
