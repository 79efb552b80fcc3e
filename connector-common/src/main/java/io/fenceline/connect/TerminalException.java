package io.fenceline.connect;

import io.fenceline.s2.wire.PeerText;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/**
 * The end of a task. The message is what an operator reads first, and Connect keeps its lines in the task's {@code trace}:
 *
 * <pre>
 * [CODE] what was seen
 * partition: which topic-partition, and which stream or queue
 * safe: which offsets can be relied on
 * now: what to do; further lines are requests and commands, each at the end of its line, to be copied from there
 * </pre>
 *
 * <p>Nothing put into it may be a secret or record content. This is the one place that knows the form.
 *
 * <p>Connect keeps message and stack trace in its status topic, whose producer refuses records over a megabyte, and then goes
 * on showing the task as RUNNING: so each part, and each cause, has a limit, whoever's words are in it.
 */
public final class TerminalException extends ConnectException {

    private static final long serialVersionUID = 1L;

    private final TerminalCode code;

    private TerminalException(TerminalCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The same end with one more sentence, without a full stop, on a line of its own. */
    public TerminalException with(String sentence) {
        return new TerminalException(
                code, getMessage() + "\n" + PeerText.brief(sentence, Builder.LONGEST_PART), getCause());
    }

    /** The same end with one more line, which ends with a request that is of no use if it is cut. */
    public TerminalException withRequest(String line) {
        return new TerminalException(
                code, getMessage() + "\n" + PeerText.brief(line, Builder.LONGEST_LINE), getCause());
    }

    public TerminalCode code() {
        return code;
    }

    /** Starts a message; {@code seen} is what was observed, without a full stop. */
    public static Builder of(TerminalCode code, String seen) {
        return new Builder(code, seen);
    }

    /** Collects the parts of the message in their fixed order; all but the first may be left out. */
    public static final class Builder {

        /** Of one part, in characters: names of streams are 512 bytes at most, and a server's words were cut before. */
        private static final int LONGEST_PART = 4_000;

        /** Of one line of what to do, in characters: a request may name many partitions, and is of no use if it is cut. */
        private static final int LONGEST_LINE = OffsetRequestText.LONGEST + LONGEST_PART;

        private static final int MOST_LINES = 20;

        private final TerminalCode code;
        private final String seen;
        private @Nullable String where;
        private @Nullable String safe;
        private @Nullable String remedy;
        private @Nullable Throwable cause;

        private Builder(TerminalCode code, String seen) {
            this.code = code;
            this.seen = seen;
        }

        /**
         * Which topic-partition (original names), and which stream or queue.
         *
         * @param target with what it is, e.g. {@code queue 'orders.fifo'}
         */
        public Builder where(String topic, int partition, String target) {
            return where(topic + "-" + partition + ", " + target);
        }

        /**
         * Which stream or queue, where no topic-partition belongs to it: it is the partition, as Connect counts them.
         *
         * @param target with what it is, e.g. {@code queue 'orders.fifo'}
         */
        public Builder where(String target) {
            this.where = target;
            return this;
        }

        /** Which offsets can be relied on, e.g. {@code offsets up to 41 are durable}. */
        public Builder safe(String offsets) {
            this.safe = offsets;
            return this;
        }

        /**
         * What the operator can do now.
         *
         * @param whatToDo may have several lines, of which each but the first ends with a request or a command
         */
        public Builder remedy(String whatToDo) {
            this.remedy = whatToDo;
            return this;
        }

        public Builder cause(@Nullable Throwable failure) {
            this.cause = failure;
            return this;
        }

        public TerminalException build() {
            StringBuilder message = new StringBuilder(256);
            message.append('[').append(code).append("] ").append(PeerText.brief(seen, LONGEST_PART));
            append(message, "partition", where);
            append(message, "safe", safe);
            if (remedy != null) {
                appendLines(message, remedy);
            }
            return new TerminalException(code, message.toString(), ShortCause.of(cause));
        }

        private static void append(StringBuilder message, String label, @Nullable String part) {
            if (part != null) {
                message.append('\n').append(label).append(": ").append(PeerText.brief(part, LONGEST_PART));
            }
        }

        private static void appendLines(StringBuilder message, String remedy) {
            String before = "\nnow: ";
            for (String line : remedy.lines().limit(MOST_LINES).toList()) {
                message.append(before).append(PeerText.brief(line, LONGEST_LINE));
                before = "\n";
            }
        }
    }
}
