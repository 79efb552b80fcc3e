package io.fenceline.connect.sink.queue;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;

/**
 * What is to be told to the operator, kept until it may be logged: whoever finds it holds a lock, and a log can be slow. Pure;
 * one owner at a time.
 */
final class Notices {

    /** One line; a value. */
    record Notice(boolean isWarning, String text) {

        void logTo(Logger log) {
            if (isWarning) {
                log.warn(text);
            } else {
                log.info(text);
            }
        }
    }

    private List<Notice> kept = List.of();

    void warn(String text) {
        keep(new Notice(true, text));
    }

    void info(String text) {
        keep(new Notice(false, text));
    }

    private void keep(Notice notice) {
        if (kept.isEmpty()) {
            kept = new ArrayList<>();
        }
        kept.add(notice);
    }

    /** All since the last time, in their order. */
    List<Notice> take() {
        List<Notice> taken = kept;
        kept = List.of();
        return taken;
    }
}
