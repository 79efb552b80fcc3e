package io.fenceline.connect;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka record in the form it has where it is written. {@link RecordMapper} says what the record is, part by part; what each
 * part becomes there, and what does not fit, is the form's own. One form is filled again and again; owned by one task
 * thread.
 *
 * <p>The calls for one record come in this order: {@link #reset}, {@link #id}, then of {@link #timestamp}, {@link #key} and
 * {@link #nullValue} those that apply, {@link #header} for each header in the record's order that {@link #wantsHeader},
 * {@link #body} or {@link #textBody} unless the value is null, and {@link #check}. A record that fails halfway ends without it, and the next one begins with {@code reset}.
 *
 * <p>Arrays belong to the record or to the mapper: they may be kept until the next {@code reset}, and not be changed. They
 * may be parts of larger ones.
 */
public interface RecordForm {

    /** Where such records are written, for messages, e.g. {@code S2}. */
    String destination();

    /** Forgets the record before, references included. */
    void reset();

    /** The record's {@link RecordId} as UTF-8 text: the first {@code length} bytes. */
    void id(byte[] buffer, int length);

    /** @param millis Kafka's timestamp, not negative; not called if the record has none */
    void timestamp(long millis);

    /** Not called if the record has no key; an empty one is a key. */
    void key(byte[] buffer, int offset, int length);

    /** The value is null, which is not the same as an empty {@link #body}. */
    void nullValue();

    /**
     * Whether the record's header of this name, before any renaming, is written at all. One that is not is never looked at, so
     * it cannot be what the record does not fit for.
     */
    default boolean wantsHeader(String name) {
        return true;
    }

    /**
     * A header of the user's. Names repeat.
     *
     * @param name  not one of {@link ReservedHeaders}
     * @param value null if the header's value is null
     * @throws MisfitException if there is no such header where the record is written
     */
    void header(String name, byte @Nullable [] value) throws MisfitException;

    void body(byte[] buffer, int offset, int length);

    /** A value that is text, for forms that have a use for it as it is; others get it as a {@link #body} of UTF-8. */
    default void textBody(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        body(bytes, 0, bytes.length);
    }

    /** @throws MisfitException if the record as a whole is not taken where it is written, e.g. because it is too large */
    void check() throws MisfitException;
}
