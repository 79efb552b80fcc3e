package io.fenceline.systemtests;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The message of a stopped task, from its first line to the stack behind it, as Connect's {@code trace} has it. */
final class StopMessage {

    private static final Pattern MESSAGE =
            Pattern.compile("\\[([A-Z_]+)] [^\\n]*(\\n(?!\\s*(at |\\.\\.\\. |Caused by: |Suppressed: ))[^\\n]+)*");

    private StopMessage() {}

    /** The first in the trace, whatever its code. */
    static Optional<String> firstIn(String trace) {
        Matcher message = MESSAGE.matcher(trace);
        return message.find() ? Optional.of(message.group()) : Optional.empty();
    }

    /** The first in the trace with this code. */
    static Optional<String> firstIn(String trace, String code) {
        Matcher message = MESSAGE.matcher(trace);
        while (message.find()) {
            if (message.group(1).equals(code)) {
                return Optional.of(message.group());
            }
        }
        return Optional.empty();
    }
}
