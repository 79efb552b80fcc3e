package io.fenceline.append.loop;

import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.slf4j.spi.MDCAdapter;

/** The log context of a worker's binding: one for each thread, and not inherited. The binding of tests has none at all. */
final class ThreadMdc implements MDCAdapter, AutoCloseable {

    private final ThreadLocal<Map<String, String>> contexts = ThreadLocal.withInitial(HashMap::new);
    private final @Nullable MDCAdapter before;

    /** In place of the binding's until it is closed. */
    ThreadMdc() {
        before = exchange(this);
    }

    private static @Nullable MDCAdapter exchange(@Nullable MDCAdapter next) {
        try {
            Field adapter = MDC.class.getDeclaredField("mdcAdapter");
            adapter.setAccessible(true);
            MDCAdapter before = (MDCAdapter) adapter.get(null);
            adapter.set(null, next);
            return before;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        exchange(before);
    }

    @Override
    public void put(String key, String value) {
        contexts.get().put(key, value);
    }

    @Override
    public @Nullable String get(String key) {
        return contexts.get().get(key);
    }

    @Override
    public void remove(String key) {
        contexts.get().remove(key);
    }

    @Override
    public void clear() {
        contexts.remove();
    }

    @Override
    public Map<String, String> getCopyOfContextMap() {
        return new HashMap<>(contexts.get());
    }

    @Override
    public void setContextMap(Map<String, String> context) {
        contexts.set(new HashMap<>(context));
    }
}
