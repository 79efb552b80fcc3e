package io.fenceline.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;

/**
 * The AWS SDK alone, in a JVM of its own: requests of ten messages with the attributes that the sink sends, over the same HTTP
 * client, from as many threads as the sink has requests in flight. Each thread has its own share of the message groups, so
 * that no group has two requests open. One line of result on stdout.
 *
 * <pre>BareSdk &lt;endpoint&gt; &lt;queue for the warm-up&gt; &lt;queue&gt; &lt;messages&gt; &lt;bytes&gt; &lt;threads&gt; &lt;groups, 0 on a standard queue&gt;</pre>
 */
public final class BareSdk {

    private static final int PER_REQUEST = 10;
    private static final int POOL_CHARS = 1 << 20;

    private final SqsClient sqs;
    private final String pool;
    private final int size;
    private final int threads;
    private final int groups;

    private BareSdk(SqsClient sqs, int size, int threads, int groups) {
        this.sqs = sqs;
        this.size = size;
        this.threads = threads;
        this.groups = groups;
        char[] characters = new char[POOL_CHARS + size];
        Random random = new Random(1);
        for (int i = 0; i < characters.length; i++) {
            characters[i] = (char) ('0' + random.nextInt('z' - '0'));
        }
        this.pool = new String(characters);
    }

    public static void main(String[] args) throws Exception {
        int messages = Integer.parseInt(args[3]);
        int threads = Integer.parseInt(args[5]);
        try (SqsClient sqs = BareClient.of(args[0], threads)) {
            BareSdk bench = new BareSdk(sqs, Integer.parseInt(args[4]), threads, Integer.parseInt(args[6]));
            bench.send(args[1], messages);
            bench.send(args[1], messages);
            System.out.println(
                    BareResult.of(messages, () -> bench.send(args[2], messages)).line());
        }
    }

    /** How long each request took in nanoseconds. */
    private long[] send(String queue, int messages) throws InterruptedException {
        int requests = messages / PER_REQUEST;
        AtomicInteger next = new AtomicInteger();
        long[] latencies = new long[requests];
        BareThreads.run("send", threads, thread -> {
            for (int i = next.getAndIncrement(); i < requests; i = next.getAndIncrement()) {
                long start = System.nanoTime();
                send(queue, i, group(thread, i));
                latencies[i] = System.nanoTime() - start;
            }
        });
        return latencies;
    }

    /** One of the groups that are the thread's alone; -1 for none. */
    private int group(int thread, int request) {
        if (groups == 0) {
            return -1;
        }
        int own = Math.max(1, (groups - thread + threads - 1) / threads);
        return thread + threads * (request % own);
    }

    private void send(String queue, int request, int group) {
        List<SendMessageBatchRequestEntry> entries = new ArrayList<>(PER_REQUEST);
        for (int i = 0; i < PER_REQUEST; i++) {
            int message = request * PER_REQUEST + i;
            int at = (int) (message * 31L % POOL_CHARS);
            SendMessageBatchRequestEntry.Builder entry = SendMessageBatchRequestEntry.builder()
                    .id(Integer.toString(i))
                    .messageBody(pool.substring(at, at + size))
                    .messageAttributes(Map.of(
                            "kafka.id", attribute("String", "bench/0/" + message),
                            "kafka.ts", attribute("Number", "1700000000000")));
            if (group >= 0) {
                entry.messageGroupId("bench-" + group).messageDeduplicationId(System.nanoTime() + "-" + message);
            }
            entries.add(entry.build());
        }
        SendMessageBatchResponse answer =
                sqs.sendMessageBatch(r -> r.queueUrl(queue).entries(entries));
        if (answer.successful().size() != PER_REQUEST) {
            throw new IllegalStateException("accepted " + answer.successful().size() + ": " + answer.failed());
        }
    }

    private static MessageAttributeValue attribute(String type, String value) {
        return MessageAttributeValue.builder().dataType(type).stringValue(value).build();
    }

    /**
     * Reads what another JVM printed.
     *
     * @param whole what was seen of server and machine while that JVM ran, its warm-up of twice as many messages included
     */
    static Measurement parse(String output, Measurement whole) {
        BareResult result = output.lines()
                .map(BareResult::read)
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the SDK's JVM printed no result:\n" + output));
        return result.with(whole.serverCpu() / 3, whole.elsewhere());
    }
}
