package io.fenceline.connect.config;

import io.fenceline.sqs.HandleOutcome;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueClient;
import io.fenceline.sqs.QueueClientConfig;
import io.fenceline.sqs.QueueCredentials;
import io.fenceline.sqs.QueueInspection;
import io.fenceline.sqs.QueueUrl;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Tries the connection of a configuration and says which key is to blame. Blocks the caller for at most five seconds, and for longer
 * only where a busy machine takes longer to load the SDK, once in a worker.
 */
public final class SqsConnectionCheck {

    private static final Duration LIMIT = Duration.ofSeconds(5);
    /** For the question alone, where the first check of a worker has used up the rest with loading the SDK. */
    private static final Duration LEAST = Duration.ofMillis(3500);
    /** No end to loading classes means that something else is wrong. */
    private static final Duration LONGEST_LOADING = Duration.ofSeconds(60);

    /** No message has it, and SQS looks at the right to delete before it looks at the handle. */
    private static final String NO_HANDLE = "fenceline-asks-whether-it-may-delete";

    private static final AtomicBoolean LOADED = new AtomicBoolean();

    private static final List<Key<?>> ASKED_WITH = List.of(
            SqsConnectionConfig.REGION,
            SqsConnectionConfig.ENDPOINT,
            SqsConnectionConfig.ACCESS_KEY_ID,
            SqsConnectionConfig.SECRET_ACCESS_KEY,
            SqsConnectionConfig.SESSION_TOKEN,
            SqsConnectionConfig.PROFILE,
            SqsConnectionConfig.ROLE_ARN,
            SqsConnectionConfig.ROLE_EXTERNAL_ID,
            SqsConnectionConfig.ROLE_SESSION_NAME,
            SqsConnectionConfig.CREDENTIALS_PROVIDER);

    private final SqsConnectionConfig connection;
    private final QueueSite queues;
    /** To ask for. */
    private final List<QueueUrl> asked;
    /** Whether messages of the queues will have to be deleted. */
    private final boolean deletes;
    /** What the question waits for; told if the time is over. */
    private volatile Blame waitingFor;

    private SqsConnectionCheck(
            SqsConnectionConfig connection, QueueSite queues, List<QueueUrl> asked, boolean deletes) {
        this.connection = connection;
        this.queues = queues;
        this.asked = asked;
        this.deletes = deletes;
        this.waitingFor = new Blame(
                SqsConnectionConfig.REGION.name(),
                "AWS's region chain did not name a region within " + LIMIT.toSeconds() + " s; set "
                        + SqsConnectionConfig.REGION);
    }

    /** False where a placeholder of a configuration provider is still in place: managed clouds validate such values. */
    public static boolean isPossible(Map<String, String> given) {
        return ASKED_WITH.stream().noneMatch(key -> Validators.isUnresolved(given.get(key.name())));
    }

    /**
     * Asks for the attributes of the queues of some topics, which have queues by the template. Where the template needs topics and
     * none are known it is only asked whether SQS answers.
     */
    public static void run(
            SqsConnectionConfig connection, QueueTemplate queues, Collection<String> topics, ConfigProblems problems) {
        List<QueueUrl> asked = queues.usesTopic()
                ? topics.stream().map(queues::queueFor).distinct().toList()
                : List.of(queues.anyQueue());
        if (!asked.isEmpty()) {
            new SqsConnectionCheck(connection, queues, asked, false).run(problems);
            return;
        }
        new SqsConnectionCheck(connection, queues, List.of(queues.anyQueue()), false).run((key, message) -> {
            if (!key.equals(queues.key())
                    && !key.equals(connection.credentialsKey().name())) {
                problems.add(key, message);
            }
        });
    }

    /**
     * Asks for the attributes of the queues of a source, and whether its credentials may delete from them: a source that may not
     * would write every message to Kafka and never be rid of it.
     */
    public static void run(SqsConnectionConfig connection, QueueList queues, ConfigProblems problems) {
        new SqsConnectionCheck(connection, queues, queues.queues(), true).run(problems);
    }

    private void run(ConfigProblems problems) {
        CompletableFuture<Duration> ready = new CompletableFuture<>();
        CompletableFuture<Map<QueueUrl, QueueFindings>> answers = new CompletableFuture<>();
        // what the SDK asks for credentials and regions has time limits of its own, some of them longer
        Thread asking = new Thread(() -> ask(ready, answers), "fenceline-sqs-connection-check");
        asking.setDaemon(true);
        asking.start();
        try {
            Duration limit = ready.get(LONGEST_LOADING.toMillis(), TimeUnit.MILLISECONDS);
            read(answers.get(limit.toMillis(), TimeUnit.MILLISECONDS), problems);
        } catch (ExecutionException e) {
            report(e.getCause(), problems);
        } catch (TimeoutException e) {
            asking.interrupt();
            Blame blame = waitingFor;
            problems.add(blame.key(), blame.message());
        } catch (InterruptedException e) {
            asking.interrupt();
            Thread.currentThread().interrupt();
            problems.add(SqsConnectionConfig.ENDPOINT, "The check of the connection was interrupted");
        }
    }

    private void ask(CompletableFuture<Duration> ready, CompletableFuture<Map<QueueUrl, QueueFindings>> answers) {
        try {
            long start = System.nanoTime();
            if (!LOADED.get()) {
                loadSdk();
                LOADED.set(true);
            }
            Duration left = LIMIT.minusNanos(System.nanoTime() - start);
            Duration limit = left.compareTo(LEAST) < 0 ? LEAST : left;
            ready.complete(limit);
            // together shorter than the limit, so that a timeout is told with its reason
            QueueClientConfig config = connection
                    .clientConfig()
                    .withTimeouts(
                            shorter(
                                    connection.connectTimeout(),
                                    limit.multipliedBy(3).dividedBy(10)),
                            shorter(
                                    connection.requestTimeout(),
                                    limit.multipliedBy(6).dividedBy(10)));
            waitingFor = new Blame(
                    SqsConnectionConfig.ENDPOINT.name(),
                    config.endpoint() + " did not answer within " + LIMIT.toSeconds() + " s, with "
                            + connection.credentialsText());
            try (QueueClient client = new QueueClient(config, System::nanoTime)) {
                answers.complete(answers(client, config.maxConnections()));
            }
        } catch (RuntimeException | LinkageError e) {
            ready.completeExceptionally(e);
            answers.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody waits any more
        }
    }

    /** Asks for the first queue alone: what is wrong with all of them is asked for once. The others side by side. */
    private Map<QueueUrl, QueueFindings> answers(QueueClient client, int atOnce) throws InterruptedException {
        Map<QueueUrl, QueueFindings> seen = new LinkedHashMap<>();
        QueueFindings first = look(client, asked.get(0));
        seen.put(asked.get(0), first);
        List<QueueUrl> others = asked.subList(1, asked.size());
        if (others.isEmpty() || isSameForAllQueues(first.inspection())) {
            return seen;
        }
        ExecutorService pool = Executors.newFixedThreadPool(Math.min(others.size(), atOnce), question -> {
            Thread thread = new Thread(question, "fenceline-sqs-connection-check");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Callable<QueueFindings>> questions = others.stream()
                    .<Callable<QueueFindings>>map(queue -> () -> look(client, queue))
                    .toList();
            List<Future<QueueFindings>> findings = pool.invokeAll(questions);
            for (int i = 0; i < others.size(); i++) {
                seen.put(others.get(i), findings.get(i).get());
            }
            return seen;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause()); // a client does not throw
        } finally {
            pool.shutdownNow();
        }
    }

    private QueueFindings look(QueueClient client, QueueUrl queue) {
        QueueInspection inspection = client.inspect(queue);
        return new QueueFindings(
                inspection,
                deletes && inspection instanceof QueueInspection.Seen
                        ? client.delete(queue, List.of(NO_HANDLE))
                        : null);
    }

    /** @param deletion what came of deleting nothing; null if that was not tried */
    private record QueueFindings(
            QueueInspection inspection, @Nullable HandleOutcome deletion) {}

    /**
     * To load the SDK takes a worker a second, and several on a busy machine, which is not the service's time: a call to where
     * nobody listens loads what a call needs.
     */
    private static void loadSdk() {
        QueueUrl nobody = QueueUrl.parse("http://127.0.0.1:1/0/nobody");
        QueueClientConfig config = QueueClientConfig.forEndpoint(nobody.endpoint())
                .withRegion("us-east-1")
                .withCredentials(new QueueCredentials.AccessKey("nobody", "nobody", null))
                .withTimeouts(Duration.ofMillis(500), Duration.ofMillis(500));
        try (QueueClient client = new QueueClient(config, System::nanoTime)) {
            client.inspect(nobody);
        }
    }

    private static boolean isSameForAllQueues(QueueInspection inspection) {
        return inspection instanceof QueueInspection.Unseen unseen
                && unseen.answer() != QueueAnswer.MISSING
                && unseen.answer() != QueueAnswer.REFUSED;
    }

    private void read(Map<QueueUrl, QueueFindings> answers, ConfigProblems problems) {
        answers.forEach((queue, found) -> {
            if (found.inspection() instanceof QueueInspection.Unseen unseen) {
                report(unseen, queue, queues.key(), connection, problems);
            }
            if (found.deletion() != null) {
                report(found.deletion(), queue, connection, problems);
            }
        });
    }

    /** Only a refusal says something: whatever else is answered, nobody was asked to delete a message there is. */
    static void report(
            HandleOutcome deletion, QueueUrl queue, SqsConnectionConfig connection, ConfigProblems problems) {
        String refusal = null;
        if (deletion instanceof HandleOutcome.Failed failed && failed.answer() == QueueAnswer.DENIED) {
            refusal = failed.message();
        } else if (deletion instanceof HandleOutcome.Answered answered
                && answered.entries().get(0) instanceof HandleOutcome.Entry.NotDone notDone
                && notDone.answer() == QueueAnswer.DENIED) {
            refusal = notDone.message();
        }
        if (refusal != null) {
            problems.add(
                    connection.credentialsKey(),
                    "SQS does not allow " + connection.credentialsText() + " the IAM action sqs:DeleteMessage on "
                            + queue + " (" + refusal
                            + "): what a source may not delete would come back for ever; allow it in a policy of theirs or of"
                            + " the queue");
        }
    }

    private void report(@Nullable Throwable failure, ConfigProblems problems) {
        if (failure instanceof ConfigException missing) {
            problems.add(
                    connection.hasRegion() ? SqsConnectionConfig.CREDENTIALS_PROVIDER : SqsConnectionConfig.REGION,
                    String.valueOf(missing.getMessage()));
        } else {
            problems.add(
                    SqsConnectionConfig.ENDPOINT,
                    "The connection to " + connection.endpoint() + " could not be checked: " + failure);
        }
    }

    static void report(
            QueueInspection.Unseen unseen,
            QueueUrl queue,
            String queueKey,
            SqsConnectionConfig connection,
            ConfigProblems problems) {
        if (!isNoFault(unseen.answer())) {
            Blame blame = blame(unseen, queue, queueKey, connection);
            problems.add(blame.key(), blame.message());
        }
    }

    /** SQS is there and knows who asks; more cannot be learned now. */
    private static boolean isNoFault(QueueAnswer answer) {
        return answer == QueueAnswer.THROTTLED || answer == QueueAnswer.OVER_LIMIT;
    }

    private static Blame blame(
            QueueInspection.Unseen unseen, QueueUrl queue, String queueKey, SqsConnectionConfig connection) {
        String seen = unseen.message();
        return switch (unseen.answer()) {
            case MISSING ->
                new Blame(
                        queueKey,
                        "The queue " + queue + " does not exist (" + seen + "); name one that exists at "
                                + connection.endpoint() + ", or make it");
            case REFUSED -> new Blame(queueKey, "SQS refuses to say what the queue " + queue + " is: " + seen);
            case DENIED ->
                new Blame(
                        connection.credentialsKey().name(),
                        "SQS does not accept " + connection.credentialsText()
                                + ", or they do not allow the IAM action sqs:GetQueueAttributes on " + queue + " ("
                                + seen
                                + ")");
            case UNREACHABLE ->
                new Blame(
                        SqsConnectionConfig.ENDPOINT.name(), "No connection to " + connection.endpoint() + ": " + seen);
            case HELD_BACK, THROTTLED, OVER_LIMIT, SERVER_ERROR, NO_ANSWER, SENSELESS ->
                new Blame(
                        SqsConnectionConfig.ENDPOINT.name(),
                        connection.endpoint() + " did not answer as SQS does: " + seen);
        };
    }

    /** The key whose value has to change, and why. */
    private record Blame(String key, String message) {}

    private static Duration shorter(Duration timeout, Duration limit) {
        return timeout.compareTo(limit) < 0 ? timeout : limit;
    }
}
