package io.fenceline.connect.sink.claim;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.CheckpointToken.NewerTokenException;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.s2.wire.FencingToken;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A fencing token that says: stopped, until somebody decides. A lane leaves it in its stream when it stops for a reason
 * that the stream does not show by itself, because Connect gives the partition to another task within a second. Who meets it
 * stops with the same code and changes nothing.
 *
 * <pre>
 *   s1.&lt;random&gt;.&lt;W&gt;.&lt;P&gt;.&lt;c&gt;      exactly 36 bytes
 *
 *   W  watermark, P  position   as in a {@link CheckpointToken}: what the lane knew of the stream it wrote, for the message
 *                               only; nobody goes on by them
 *   c  code                     F FOREIGN_WRITER, R STREAM_RESET, M TARGET_MISSING, T TOPIC_RECREATED
 *   random                      fills up the 36 bytes: at least 42 bits
 * </pre>
 *
 * @param code what the lane stopped with
 * @param fact what it knew of the stream it had written
 */
public record StopMark(TerminalCode code, Checkpoint fact) {

    /** The version this code writes, and the highest it can read. */
    public static final int VERSION = 1;

    private static final String PREFIX = "s" + VERSION + ".";
    private static final Pattern VERSIONED = Pattern.compile("s0*([0-9]+)\\..*", Pattern.DOTALL);
    private static final Pattern FORM =
            Pattern.compile("s1\\.[A-Za-z0-9_-]+\\.([A-Za-z0-9_-]*)\\.([A-Za-z0-9_-]*)\\.([A-Z])");

    public StopMark {
        if (letter(code) == 0) {
            throw new IllegalArgumentException(code + " leaves no mark");
        }
        // What does not fit into a mark is no part of it.
        fact = new Checkpoint(fact.watermark(), fact.position(), Anchor.UNKNOWN);
    }

    /** Whether a lane that stops with this code leaves a mark: what others with the same rights would not see by themselves. */
    public static boolean isFor(TerminalCode code) {
        return letter(code) != 0;
    }

    /** A fresh token that carries this mark. */
    public FencingToken fresh(RandomGenerator random) {
        StringBuilder rest = new StringBuilder(FencingToken.MAX_BYTES).append('.');
        if (fact.watermark() != null) {
            TokenText.appendNumber(rest, fact.watermark());
        }
        rest.append('.');
        if (fact.position() != null) {
            TokenText.appendNumber(rest, fact.position());
        }
        return TokenText.fill(PREFIX, rest.append('.').append(letter(code)), random);
    }

    /**
     * The mark, null if the token is none. What it says of offsets counts as not known if it cannot be read; that it is a
     * mark does not depend on it. A token that only begins like one is somebody else's token.
     *
     * @throws NewerTokenException if a newer version of this connector left it
     */
    public static @Nullable StopMark read(FencingToken token) {
        Matcher version = VERSIONED.matcher(token.value());
        if (!version.matches()) {
            return null;
        }
        String found = version.group(1);
        if (found.length() > 1 || found.charAt(0) - '0' > VERSION) {
            throw new NewerTokenException("stop mark", found, VERSION);
        }
        Matcher form = FORM.matcher(token.value());
        if (token.value().length() != FencingToken.MAX_BYTES || !form.matches()) {
            return null;
        }
        TerminalCode code = code(form.group(3).charAt(0));
        if (code == null) {
            // A stop for a reason that this version does not know is a stop all the same.
            throw new NewerTokenException("stop mark", found + " with code " + form.group(3), VERSION);
        }
        long watermark = TokenText.parseNumber(form.group(1));
        long position = TokenText.parseNumber(form.group(2));
        if (position < 0) {
            return new StopMark(code, Checkpoint.NOTHING);
        }
        return new StopMark(
                code,
                watermark < 0
                        ? Checkpoint.groupPositionFrom(position)
                        : Checkpoint.of(watermark, position, Anchor.UNKNOWN));
    }

    private static char letter(TerminalCode code) {
        return switch (code) {
            case FOREIGN_WRITER -> 'F';
            case STREAM_RESET -> 'R';
            case TARGET_MISSING -> 'M';
            case TOPIC_RECREATED -> 'T';
            default -> 0;
        };
    }

    private static @Nullable TerminalCode code(char letter) {
        return switch (letter) {
            case 'F' -> TerminalCode.FOREIGN_WRITER;
            case 'R' -> TerminalCode.STREAM_RESET;
            case 'M' -> TerminalCode.TARGET_MISSING;
            case 'T' -> TerminalCode.TOPIC_RECREATED;
            default -> null;
        };
    }
}
