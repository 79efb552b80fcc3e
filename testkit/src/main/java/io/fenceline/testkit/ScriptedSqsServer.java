package io.fenceline.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fenceline.testkit.sqs.EntryFault;
import io.fenceline.testkit.sqs.EntryFaults;
import io.fenceline.testkit.sqs.HandleEntry;
import io.fenceline.testkit.sqs.Http1Message;
import io.fenceline.testkit.sqs.QueueService;
import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.RefusedCall;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsFault;
import io.fenceline.testkit.sqs.SqsFaultScript;
import io.fenceline.testkit.sqs.SqsRequest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * An SQS server in this JVM, in memory, over HTTP/1.1 and AWS JSON 1.0, that fails as it is told: what a real one does too seldom
 * or never. Its queues follow SQS's rules; its clock stands still unless a test moves it. It remembers every request it has read
 * to its end and every message it stored. Any thread may script it and look at it; one thread per connection.
 *
 * <p>Long polls wait in real time; one whose client goes away takes no message.
 */
public final class ScriptedSqsServer implements QueueServer {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SEND = "SendMessageBatch";

    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();

    // ---- guarded by the lock
    private final Object lock = new Object();
    private final QueueService service = new QueueService();
    private final SqsFaultScript script = new SqsFaultScript();
    private final List<SqsRequest> requests = new ArrayList<>();
    private long now;
    private int held;
    private int released;

    private volatile Duration delay = Duration.ZERO;
    private volatile boolean closed;

    private ScriptedSqsServer(Instant start) throws IOException {
        now = start.toEpochMilli();
        listener = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
        thread("scripted-sqs-accept", this::accept);
    }

    public static ScriptedSqsServer start() {
        return start(Instant.now());
    }

    /** @param start where its clock stands at first */
    public static ScriptedSqsServer start(Instant start) {
        try {
            return new ScriptedSqsServer(start);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    // ---- what the test decides

    @Override
    public void moveClock(Duration ahead) {
        synchronized (lock) {
            now += ahead.toMillis();
            lock.notifyAll();
        }
    }

    public Instant now() {
        synchronized (lock) {
            return Instant.ofEpochMilli(now);
        }
    }

    /** Creates a queue and returns its URL; a name that ends in {@code .fifo} makes a FIFO queue. */
    public String createQueue(String name) {
        return createQueue(name, Map.of());
    }

    public String createQueue(String name, Map<String, String> attributes) {
        Map<String, String> all = new LinkedHashMap<>(attributes);
        if (name.endsWith(".fifo")) {
            all.put("FifoQueue", "true");
        }
        try {
            synchronized (lock) {
                service.create(name, all, now);
            }
        } catch (RefusedCall e) {
            throw new IllegalStateException(e);
        }
        return endpoint() + "/" + QueueService.ACCOUNT + "/" + name;
    }

    public void deleteQueue(String name) {
        synchronized (lock) {
            service.delete(name, now);
        }
    }

    /** Faults for the next {@code SendMessageBatch}es, one each, behind those still waiting. */
    public void inject(SqsFault... next) {
        injectInto(SEND, next);
    }

    /** Faults for the next requests of that operation, one each, behind those of it still waiting. */
    public void injectInto(String operation, SqsFault... next) {
        synchronized (lock) {
            script.add(operation, Arrays.asList(next));
        }
    }

    /** The same fault for the next sends. */
    public void inject(int times, SqsFault fault) {
        synchronized (lock) {
            for (int i = 0; i < times; i++) {
                script.add(SEND, List.of(fault));
            }
        }
    }

    /**
     * The next entries the predicate holds for are served like that, in whatever requests they come; the requests themselves are
     * well. A request struck by a fault of its own leaves these alone.
     */
    public void injectInto(Predicate<SentEntry> entries, int times, EntryFault fault) {
        synchronized (lock) {
            script.add(entries, fault, times);
        }
    }

    /**
     * The next handles the predicate holds for are served like that, in whatever requests of that operation
     * ({@code DeleteMessageBatch}, {@code ChangeMessageVisibilityBatch}) they come. A request struck by a fault of its own leaves
     * these alone.
     */
    public void injectIntoHandles(String operation, Predicate<HandleEntry> handles, int times, EntryFault fault) {
        synchronized (lock) {
            script.addToHandles(operation, handles, fault, times);
        }
    }

    /** The next messages the predicate holds for are given out like that, in whatever receives they come. */
    public void injectIntoMessages(Predicate<QueuedMessage> messages, int times, EntryFault fault) {
        synchronized (lock) {
            script.addToMessages(messages, fault, times);
        }
    }

    /** Takes back every fault that has not struck. */
    public void clearFaults() {
        synchronized (lock) {
            script.clear();
        }
    }

    /** Faults that have not struck yet; 0 says that the test has seen what it wanted to. */
    public int faultsLeft() {
        synchronized (lock) {
            return script.left();
        }
    }

    /** Lets every request go on that {@link SqsFault.Hold} keeps. */
    public void release() {
        synchronized (lock) {
            released++;
            lock.notifyAll();
        }
    }

    /** Requests kept by {@link SqsFault.Hold} now. */
    public int held() {
        synchronized (lock) {
            return held;
        }
    }

    /** From now on every answer comes that much later, in real time; its request has its effect at once. */
    public void delayAnswers(Duration delay) {
        this.delay = delay;
    }

    /** Closes every open connection. */
    public void dropConnections() {
        open.forEach(ScriptedSqsServer::quietly);
    }

    // ---- what the test looks at

    /** Every request that was read to its end, in that order. */
    public List<SqsRequest> requests() {
        synchronized (lock) {
            return List.copyOf(requests);
        }
    }

    public List<SqsRequest> requests(String operation) {
        return requests().stream()
                .filter(request -> request.operation().equals(operation))
                .toList();
    }

    /** The requests that sent something. */
    public List<SqsRequest> sends() {
        return requests(SEND);
    }

    /** Every message a queue of that name ever stored, in order, also what was received, deleted or purged since. */
    public List<QueuedMessage> stored(String queue) {
        synchronized (lock) {
            return service.everStored(queue);
        }
    }

    public int connectionsAccepted() {
        return accepted.get();
    }

    public int openConnections() {
        return open.size();
    }

    @Override
    public void close() {
        closed = true;
        quietly(listener);
        synchronized (lock) {
            lock.notifyAll();
        }
        dropConnections();
    }

    // ---- serving

    private void accept() {
        while (!closed) {
            Socket client;
            try {
                client = listener.accept();
                client.setTcpNoDelay(true);
            } catch (IOException e) {
                return;
            }
            accepted.incrementAndGet();
            open.add(client);
            if (closed) {
                quietly(client);
            }
            thread("scripted-sqs-connection", () -> serveConnection(client));
        }
    }

    private void serveConnection(Socket client) {
        try (client) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            OutputStream out = client.getOutputStream();
            for (Http1Message request = Http1Message.read(in, out);
                    request != null;
                    request = Http1Message.read(in, out)) {
                Reply reply = serve(request, client);
                if (!delay.isZero()) {
                    Await.sleep(delay);
                }
                out.write(reply.bytes);
                out.flush();
                if (reply.ends) {
                    return;
                }
            }
        } catch (IOException e) {
            // the client is gone, or never spoke HTTP
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    /** What goes back, and whether the connection ends behind it. */
    private record Reply(byte[] bytes, boolean ends) {

        static Reply whole(Http1Message answer) {
            return new Reply(answer.bytes(), false);
        }

        static Reply nothing() {
            return new Reply(new byte[0], true);
        }

        static Reply firstHalf(Http1Message answer) {
            byte[] all = answer.bytes();
            return new Reply(Arrays.copyOf(all, all.length - Math.max(1, answer.body().length / 2)), true);
        }
    }

    private Reply serve(Http1Message request, Socket client) throws InterruptedException {
        String operation = request.operation();
        JsonNode json;
        try {
            json = JSON.readTree(request.body());
        } catch (JsonProcessingException e) {
            return Reply.whole(QueueService.error(
                    400, "SerializationException", "SerializationException", String.valueOf(e.getOriginalMessage())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        synchronized (lock) {
            SqsFault fault = script.strike(operation);
            requests.add(new SqsRequest(
                    requests.size() + 1,
                    operation,
                    QueueService.nameOf(json),
                    operation.equals(SEND) ? QueueService.entries(json) : List.of(),
                    json,
                    Instant.ofEpochMilli(now),
                    fault));
            lock.notifyAll();
            return fault == null
                    ? Reply.whole(apply(operation, json, script, client))
                    : serve(operation, json, fault, client);
        }
    }

    private Reply serve(String operation, JsonNode json, SqsFault fault, Socket client) throws InterruptedException {
        if (fault instanceof SqsFault.Entries
                || fault instanceof SqsFault.Handles
                || fault instanceof SqsFault.Deliveries) {
            return Reply.whole(apply(operation, json, fault.ofParts(), client));
        }
        if (fault instanceof SqsFault.Hold hold) {
            Http1Message early = hold.applied() ? apply(operation, json, EntryFaults.NONE, client) : null;
            awaitRelease();
            return Reply.whole(early != null ? early : apply(operation, json, EntryFaults.NONE, client));
        }
        if (fault instanceof SqsFault.TruncatedAnswer) {
            return Reply.firstHalf(apply(operation, json, EntryFaults.NONE, client));
        }
        if (fault instanceof SqsFault.DropConnection drop) {
            applyIf(drop.applied(), operation, json, client);
            return Reply.nothing();
        }
        if (fault instanceof SqsFault.ErrorAnswer error) {
            applyIf(error.applied(), operation, json, client);
            return Reply.whole(QueueService.error(error.status(), error.code(), error.code(), error.message()));
        }
        if (fault instanceof SqsFault.ForeignAnswer foreign) {
            applyIf(foreign.applied(), operation, json, client);
            return Reply.whole(Http1Message.answer(
                    foreign.status(), foreign.contentType(), foreign.body().getBytes(StandardCharsets.UTF_8)));
        }
        throw new IllegalStateException("unknown fault " + fault);
    }

    private void applyIf(boolean applied, String operation, JsonNode json, Socket client) throws InterruptedException {
        if (applied) {
            apply(operation, json, EntryFaults.NONE, client);
        }
    }

    private void awaitRelease() throws InterruptedException {
        int before = released;
        held++;
        lock.notifyAll();
        while (released == before && !closed) {
            lock.wait();
        }
        held--;
    }

    private Http1Message apply(String operation, JsonNode json, EntryFaults faults, Socket client)
            throws InterruptedException {
        long waitUntil = System.nanoTime()
                + Duration.ofSeconds(json.path("WaitTimeSeconds").asLong()).toNanos();
        while (true) {
            Http1Message answer = service.serve(operation, json, endpoint(), now, faults);
            long left = (waitUntil - System.nanoTime()) / 1_000_000;
            if (!operation.equals("ReceiveMessage") || left <= 0 || closed || !isEmptyReceive(answer)) {
                lock.notifyAll();
                return answer;
            }
            lock.wait(left);
            if (ClientSocket.hasEnded(client)) {
                // what comes now is not for one that went
                return answer;
            }
        }
    }

    private static boolean isEmptyReceive(Http1Message answer) {
        return new String(answer.body(), StandardCharsets.UTF_8).equals("{\"Messages\":[]}");
    }

    private static void thread(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void quietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // closing is all we wanted
        }
    }
}
