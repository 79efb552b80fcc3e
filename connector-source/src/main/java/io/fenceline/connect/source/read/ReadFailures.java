package io.fenceline.connect.source.read;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.s2.StreamStops;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The messages reading a stream ends with: what was seen, which stream, which numbers are safe, what to do. */
final class ReadFailures {

    private static final String MAKE_THE_STREAM = "create the stream or take it out of s2.streams, "
            + StreamStops.RESTART + "; " + RecreationPolicy.KEY + "=restart waits for it instead";
    private static final String STAYS = "what was read of streams found before stays as it is";

    private final StreamStops stops;
    private final String basin;

    ReadFailures(String connector, String basin, String stream) {
        this.stops = StreamStops.ofStream(connector, basin, stream);
        this.basin = basin;
    }

    private TerminalException of(TerminalCode code, String seen, String safe, String remedy) {
        return stops.stop(code, seen).safe(safe).remedy(remedy).build();
    }

    /** With the standard remedy. */
    private TerminalException of(TerminalCode code, String seen, String safe) {
        return stops.stop(code, seen).safe(safe).build();
    }

    TerminalException gap(long from, long to) {
        String missing = from + 1 == to ? "record " + from + " is" : "records " + from + " to " + (to - 1) + " are";
        return of(
                TerminalCode.STREAM_GAP,
                missing + " not in the stream any more, they were trimmed or expired before they were read (or may all"
                        + " have been command records, which are never delivered)",
                readBelow(from),
                StreamStops.remedy(TerminalCode.STREAM_GAP)
                        + "\nto pass over this one: stop the connector, set where to go on, resume it: "
                        + stops.patch(String.valueOf(to)));
    }

    TerminalException recreated(@Nullable Instant before, Instant now, long position) {
        return of(
                TerminalCode.STREAM_RESET,
                "the stream was deleted and made again: it was created at " + now
                        + (before == null ? "" : ", the one read before at " + before),
                readBelow(position) + " of the former stream",
                "set " + RecreationPolicy.KEY
                        + "=restart to read such streams from their beginning\n"
                        + "or do it this once: stop the connector, set where to go on, resume it: " + stops.patch("0"));
    }

    TerminalException shrunk(long position, long tail) {
        return of(
                TerminalCode.STREAM_RESET,
                "the next record to read is " + position + ", but the stream ends at " + tail
                        + ": it lost records, was made again, or the offset was set above its end",
                readBelow(position),
                StreamStops.remedy(TerminalCode.STREAM_RESET)
                        + "\nto go on at its end (\"seq_num\":0 for its beginning): stop the connector, set where to go on,"
                        + " resume it: " + stops.patch(String.valueOf(tail)));
    }

    /** A refusal that is believed, of reading or of looking at the stream's entry in the listing. */
    TerminalException refused(ServerError error, String safe) {
        StreamStops.Advice advice = StreamStops.onRefusal(error, "may read and list this stream", MAKE_THE_STREAM);
        return of(advice.code(), "S2 answered " + error.describe(), safe, StreamStops.inBasin(advice.remedy(), basin));
    }

    /** The streams with a prefix cannot be listed. */
    static TerminalException notListed(String prefix, String target, ServerError error) {
        StreamStops.Advice advice = StreamStops.onRefusal(
                error, "may list the basin's streams", StreamStops.remedy(TerminalCode.TARGET_MISSING));
        return TerminalException.of(
                        advice.code(),
                        "the streams with prefix '" + prefix + "' cannot be listed: S2 answered " + error.describe())
                .where(all(prefix, target))
                .safe(STAYS)
                .remedy(advice.remedy())
                .build();
    }

    private static String all(String prefix, String target) {
        return "all streams with prefix '" + prefix + "', " + target;
    }

    static TerminalException notListedInTime(String prefix, String target, String lastTrouble, Duration lasted) {
        return TerminalException.of(
                        TerminalCode.RETRIES_EXHAUSTED,
                        "the streams with prefix '" + prefix + "' could not be listed for " + lasted.toMillis()
                                + " ms: " + lastTrouble)
                .where(all(prefix, target))
                .safe(STAYS)
                .remedy(StreamStops.remedy(TerminalCode.RETRIES_EXHAUSTED))
                .build();
    }

    TerminalException senseless(String seen, String safe) {
        return of(TerminalCode.PROTOCOL, seen, safe);
    }

    TerminalException exhausted(String lastTrouble, Duration lasted, String safe) {
        return of(
                TerminalCode.RETRIES_EXHAUSTED,
                "nothing could be read for " + lasted.toMillis() + " ms: " + lastTrouble,
                safe);
    }

    TerminalException tooSmall(String safe) {
        return of(
                TerminalCode.RECORD_TOO_LARGE,
                "what comes next does not fit into the memory that " + ReadPolicy.BUFFER_KEY + " leaves for it",
                safe,
                "raise " + ReadPolicy.BUFFER_KEY + ", " + StreamStops.RESTART);
    }

    static String readBelow(long position) {
        return position == 0 ? "nothing was read yet" : "everything below number " + position + " was read";
    }
}
