package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.S2Reader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Compares what was put in with what came out: each record once, as it was, and in the order of its origin. What is kept of a
 * record is a hash. Not thread-safe.
 */
final class Comparison {

    /** Header with the number of a record, in decimal digits. */
    static final String NUMBER = "number";

    /** What a record that came out is told from others by, and what of it has to be as it was. Stateless. */
    interface Form {

        /** No two records share it; null for one that cannot be ours. */
        @Nullable
        String identity(ConsumerRecord<byte[], byte[]> record);

        ByteBuffer content(ConsumerRecord<byte[], byte[]> record);
    }

    /** By {@link #NUMBER}; everything else, the timestamp too, has to be equal byte by byte. */
    private static final Form NUMBERED = new Form() {

        @Override
        public @Nullable String identity(ConsumerRecord<byte[], byte[]> record) {
            return text(record, NUMBER);
        }

        @Override
        public ByteBuffer content(ConsumerRecord<byte[], byte[]> record) {
            Content content =
                    new Content().key(record.key()).value(record.value()).timestamp(record.timestamp());
            for (Header header : record.headers()) {
                content.header(header.key().getBytes(StandardCharsets.UTF_8), header.value());
            }
            return content.end();
        }
    };

    /** A line of the summary. */
    record Line(String what, long count) {

        String text() {
            return String.format(Locale.ROOT, "%-24s %6d%n", what, count);
        }
    }

    private static final class Expected {
        private final String origin;
        private final String topic;
        private final long position;
        private final ByteBuffer content;
        private boolean seen;

        private Expected(String origin, String topic, long position, ByteBuffer content) {
            this.origin = origin;
            this.topic = topic;
            this.position = position;
            this.content = content;
        }
    }

    private final Form form;
    private final Map<String, Expected> expected = new HashMap<>();
    private final Map<String, Long> positions = new HashMap<>();
    /** Position of the last record of an origin in a partition it was found in. */
    private final Map<String, Long> reached = new HashMap<>();

    private long repeatedAtOrigin;
    private long found;
    private long duplicates;
    private long outOfOrder;
    private long altered;
    private long foreign;

    /** Of records with {@link #NUMBER}. */
    Comparison() {
        this(NUMBERED);
    }

    Comparison(Form form) {
        this.form = form;
    }

    /** @param topic where it has to arrive, as a record without a key */
    void expect(String stream, String topic, S2Reader.Stored record) {
        Content content = new Content().key(null).value(record.body()).timestamp(record.timestamp());
        record.headers().forEach(header -> content.header(header[0], header[1]));
        expect(stream, topic, record.text(NUMBER), content.end());
    }

    /** @param topic where it has to arrive, as it is */
    void expect(String origin, String topic, ConsumerRecord<byte[], byte[]> record) {
        expect(origin, topic, form.identity(record), form.content(record));
    }

    /**
     * @param origin   within which order is kept
     * @param topic    where it has to arrive
     * @param identity as {@link Form#identity} will find it
     * @param content  the same of {@link Form#content}
     */
    void expect(String origin, String topic, @Nullable String identity, ByteBuffer content) {
        long position = positions.merge(origin, 1L, Long::sum);
        if (identity == null || expected.put(identity, new Expected(origin, topic, position, content)) != null) {
            repeatedAtOrigin++;
        }
    }

    void found(ConsumerRecord<byte[], byte[]> record) {
        found++;
        Expected match = expected.get(String.valueOf(form.identity(record)));
        if (match == null || !match.topic.equals(record.topic())) {
            foreign++;
            return;
        }
        if (match.seen) {
            duplicates++;
            return;
        }
        match.seen = true;
        if (!match.content.equals(form.content(record))) {
            altered++;
        }
        String lane = match.origin + " in " + record.topic() + "-" + record.partition();
        if (match.position < reached.getOrDefault(lane, 0L)) {
            outOfOrder++;
        } else {
            reached.put(lane, match.position);
        }
    }

    long expected() {
        return expected.size() + repeatedAtOrigin;
    }

    long found() {
        return found;
    }

    /**
     * @param given   how many were put in
     * @param counts  shown first
     * @param aborted records of transactions that were given up; nobody has to care
     */
    Route.Balance verdict(long given, List<Line> counts, long aborted) {
        long missing = expected.values().stream().filter(record -> !record.seen).count();
        List<Line> lines = new ArrayList<>(counts);
        lines.add(new Line("duplicates", duplicates));
        lines.add(new Line("missing", missing));
        lines.add(new Line("out of order", outOfOrder));
        lines.add(new Line("altered", altered));
        lines.add(new Line("foreign", foreign));
        lines.add(new Line("given up in transactions", aborted));
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line.text()));
        boolean complete = given > 0 && expected() == given && repeatedAtOrigin == 0;
        if (!complete) {
            text.append(String.format(Locale.ROOT, "but %,d records were put in%n", given));
        }
        boolean right = complete && duplicates + missing + outOfOrder + altered + foreign == 0 && found == given;
        return new Route.Balance(right, text.toString().stripTrailing());
    }

    /** The value of a header; null without it. */
    static @Nullable String text(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    /** Null and empty differ, and so does the same byte on the other side of a border. */
    static final class Content {

        private final MessageDigest hash;

        Content() {
            try {
                hash = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }

        Content key(byte @Nullable [] key) {
            return part(key);
        }

        Content value(byte @Nullable [] value) {
            return part(value);
        }

        Content timestamp(long millis) {
            hash.update(ByteBuffer.allocate(8).putLong(millis).flip());
            return this;
        }

        void header(byte[] name, byte @Nullable [] value) {
            part(name);
            part(value);
        }

        ByteBuffer end() {
            return ByteBuffer.wrap(hash.digest(), 0, 16).slice();
        }

        private Content part(byte @Nullable [] bytes) {
            hash.update(ByteBuffer.allocate(4)
                    .putInt(bytes == null ? -1 : bytes.length)
                    .flip());
            if (bytes != null) {
                hash.update(bytes);
            }
            return this;
        }
    }
}
