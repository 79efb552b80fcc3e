package io.fenceline.connect.sink.s2;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** What some classes log from INFO on, as lines; tests are silent otherwise. One at a time in a JVM. */
final class CapturedLog implements AutoCloseable {

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream err = System.err;
    private final Map<Logger, Integer> levels = new LinkedHashMap<>();

    CapturedLog(Class<?>... loggers) {
        for (Class<?> logger : loggers) {
            Logger log = LoggerFactory.getLogger(logger);
            levels.put(log, exchangeLevel(log, Level.INFO.toInt()));
        }
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    }

    private static int exchangeLevel(Logger log, int next) {
        try {
            Field level = log.getClass().getDeclaredField("currentLogLevel");
            level.setAccessible(true);
            int before = level.getInt(log);
            level.setInt(log, next);
            return before;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** All lines so far that contain these words. */
    List<String> lines(String about) {
        return written.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains(about))
                .toList();
    }

    @Override
    public void close() {
        System.setErr(err);
        levels.forEach(CapturedLog::exchangeLevel);
    }
}
