package io.fenceline.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResponse;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * The AWS SDK alone, in a JVM of its own that stays, as a worker does: receives ten messages with all that is known of them,
 * deletes them, and again, from as many threads as the source has receivers. What it receives goes nowhere.
 *
 * <pre>BareLoop &lt;endpoint&gt; &lt;threads&gt;</pre>
 *
 * A line on stdin is a queue and how many messages it has; when they are all deleted, a line of result is on stdout. Ends with stdin.
 */
public final class BareLoop {

    private static final int PER_REQUEST = 10;
    private static final int HIDDEN_SECONDS = 120;
    /** Only at the end of a queue is there anything to wait for; how long that takes is not counted. */
    private static final int WAIT_SECONDS = 2;

    private final SqsClient sqs;
    private final int threads;

    private BareLoop(SqsClient sqs, int threads) {
        this.sqs = sqs;
        this.threads = threads;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        int threads = Integer.parseInt(args[1]);
        try (SqsClient sqs = BareClient.of(args[0], threads);
                BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            BareLoop loop = new BareLoop(sqs, threads);
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                String[] words = order.split(" ");
                loop.drain(words[0], Integer.parseInt(words[1]));
            }
        }
    }

    private void drain(String queue, int messages) throws InterruptedException {
        AtomicInteger deleted = new AtomicInteger();
        ConcurrentLinkedQueue<Long> latencies = new ConcurrentLinkedQueue<>();
        CountDownLatch empty = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        Thread workers = new Thread(
                () -> {
                    try {
                        BareThreads.run("loop", threads, thread -> {
                            while (deleted.get() < messages) {
                                long start = System.nanoTime();
                                int now = receiveAndDelete(queue);
                                if (now > 0) {
                                    latencies.add(System.nanoTime() - start);
                                }
                                if (deleted.addAndGet(now) >= messages) {
                                    empty.countDown();
                                }
                            }
                        });
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (IllegalStateException e) {
                        e.printStackTrace();
                        System.exit(1);
                    } finally {
                        over.countDown();
                    }
                },
                "loops");
        BareResult result = BareResult.of(messages, () -> {
            workers.start();
            empty.await();
            return latencies.stream().mapToLong(Long::longValue).toArray();
        });
        // the other threads' last long polls
        over.await();
        System.out.println(result.line());
    }

    /** How many it were. */
    private int receiveAndDelete(String queue) {
        List<Message> messages = sqs.receiveMessage(r -> r.queueUrl(queue)
                        .maxNumberOfMessages(PER_REQUEST)
                        .waitTimeSeconds(WAIT_SECONDS)
                        .visibilityTimeout(HIDDEN_SECONDS)
                        .messageSystemAttributeNames(MessageSystemAttributeName.ALL)
                        .messageAttributeNames("All"))
                .messages();
        if (messages.isEmpty()) {
            return 0;
        }
        List<DeleteMessageBatchRequestEntry> entries = new ArrayList<>(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            entries.add(DeleteMessageBatchRequestEntry.builder()
                    .id(Integer.toString(i))
                    .receiptHandle(messages.get(i).receiptHandle())
                    .build());
        }
        DeleteMessageBatchResponse answer =
                sqs.deleteMessageBatch(r -> r.queueUrl(queue).entries(entries));
        if (answer.successful().size() != messages.size()) {
            throw new IllegalStateException("deleted " + answer.successful().size() + ": " + answer.failed());
        }
        return messages.size();
    }
}
