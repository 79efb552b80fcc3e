package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.S2Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes records to streams as an application would that knows nothing of Kafka: over S2's JSON interface. */
final class StreamWriter {

    private static final int LARGEST_BATCH = 500;
    private static final int LARGEST_BATCH_BYTES = 512 << 10;

    private final S2Reader s2;
    private final List<String> streams = new ArrayList<>();
    private final List<byte[]> lines;
    private final boolean keyed;
    private final SpreadWriting writing;

    private StreamWriter(S2Reader s2, List<byte[]> lines, boolean keyed, long count) {
        this.s2 = s2;
        this.lines = lines;
        this.keyed = keyed;
        this.writing = new SpreadWriting("S2", count, this::append);
    }

    /** Makes the streams; {@link SpreadWriting#start} writes to them. */
    static StreamWriter of(S2Reader s2, String prefix, int streams, Options options) {
        List<byte[]> lines = Records.lines(options);
        StreamWriter records =
                new StreamWriter(s2, lines, options.from() == null, Records.count(options, lines.size()));
        for (int i = 0; i < streams; i++) {
            records.streams.add(prefix + i);
            s2.createStream(prefix + i, null);
        }
        return records;
    }

    SpreadWriting writing() {
        return writing;
    }

    private void append(long from, long to) {
        for (int stream = 0; stream < streams.size(); stream++) {
            List<S2Reader.Foreign> batch = new ArrayList<>();
            int bytes = 0;
            for (long i = from; i < to; i++) {
                if (i % streams.size() != stream) {
                    continue;
                }
                byte[] line = lines.get((int) (i % lines.size()));
                if (batch.size() == LARGEST_BATCH || (!batch.isEmpty() && bytes + line.length > LARGEST_BATCH_BYTES)) {
                    append(stream, batch);
                    batch = new ArrayList<>();
                    bytes = 0;
                }
                batch.add(new S2Reader.Foreign(line, headers(line, i)));
                bytes += line.length;
            }
            append(stream, batch);
        }
    }

    private void append(int stream, List<S2Reader.Foreign> batch) {
        if (!batch.isEmpty()) {
            s2.appendForeign(streams.get(stream), batch);
            writing.add(batch.size());
        }
    }

    private List<byte[][]> headers(byte[] line, long number) {
        List<byte[][]> headers = new ArrayList<>();
        headers.add(new byte[][] {bytes(Comparison.NUMBER), bytes(Long.toString(number))});
        if (keyed) {
            headers.add(new byte[][] {bytes("customer"), Records.key(line)});
        }
        return headers;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
