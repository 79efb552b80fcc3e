package io.fenceline.benchmarks;

import io.fenceline.s2.ReadTransport;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.wire.SequencedRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Read sessions without Connect, in a JVM of their own: every stream from its beginning, each number checked, what was
 * used up granted again at once. Reads everything twice and measures the second time. One line of result on stdout.
 *
 * <pre>ReadBench &lt;endpoint&gt; &lt;basin&gt; &lt;prefix&gt; &lt;streams&gt; &lt;records of each&gt; session|sse</pre>
 */
public final class ReadBench {

    static final String RESULT = "read:";

    private ReadBench() {}

    public static void main(String[] args) throws Exception {
        S2ClientConfig config =
                S2ClientConfig.forBasin(args[1]).withEndpoint(args[0]).withAccessToken("bench");
        int streams = Integer.parseInt(args[3]);
        long each = Long.parseLong(args[4]);
        ReadTransport transport = ReadTransport.valueOf(args[5].toUpperCase(Locale.ROOT));
        try (S2Client client = new S2Client(config)) {
            readAll(client, args[2], streams, each, transport);
            double cpu = CpuClock.seconds(ProcessHandle.current().pid());
            long start = System.nanoTime();
            readAll(client, args[2], streams, each, transport);
            System.out.printf(
                    Locale.ROOT,
                    RESULT + " %d %.6f %.3f%n",
                    streams * each,
                    (System.nanoTime() - start) / 1e9,
                    CpuClock.seconds(ProcessHandle.current().pid()) - cpu);
        }
    }

    private static void readAll(S2Client client, String prefix, int streams, long each, ReadTransport transport)
            throws InterruptedException {
        List<Reading> readings = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            Reading reading = new Reading(each);
            reading.begin(client, prefix + i, transport);
            readings.add(reading);
        }
        for (Reading reading : readings) {
            reading.await();
        }
    }

    /** One stream. */
    private static final class Reading extends StreamFollower {

        private final CountDownLatch done = new CountDownLatch(1);
        private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
        private final AtomicLong next = new AtomicLong();
        private final long records;

        private Reading(long records) {
            this.records = records;
        }

        private void await() throws InterruptedException {
            if (!done.await(10, TimeUnit.MINUTES)) {
                throw new IllegalStateException("only " + next + " of " + records + " records came");
            }
            close();
            String failed = failure.get();
            if (failed != null) {
                throw new IllegalStateException(failed);
            }
        }

        @Override
        void fail(String why) {
            failure.compareAndSet(null, why);
            done.countDown();
        }

        @Override
        public void onRecords(List<SequencedRecord> batch) {
            for (SequencedRecord record : batch) {
                if (record.seqNum() != next.getPlain()) {
                    fail("record " + record.seqNum() + " where " + next + " was expected");
                    return;
                }
                next.setPlain(record.seqNum() + 1);
            }
            if (next.getPlain() >= records) {
                done.countDown();
            }
        }
    }

    /** Reads the line another JVM printed. */
    static Measurement parse(String output, Measurement whole) {
        String line = Arrays.stream(output.split("\n"))
                .filter(text -> text.startsWith(RESULT))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the reader printed no result:\n" + output));
        String[] words = line.split("\\s+");
        return new Measurement(
                Long.parseLong(words[1]),
                Double.parseDouble(words[2]),
                Double.parseDouble(words[3]),
                Double.NaN,
                Double.NaN,
                Double.NaN,
                whole.elsewhere(),
                Double.NaN,
                Double.NaN);
    }
}
