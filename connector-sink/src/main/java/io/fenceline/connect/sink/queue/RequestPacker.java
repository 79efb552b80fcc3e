package io.fenceline.connect.sink.queue;

import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.QueueUrl;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the messages of a task that wait, line by line, and packs requests of them: first as much of one line as goes, since a
 * group with an open request has to wait in any case, then of the next. Of a message group at most one request is open. Pure;
 * belongs to the {@link Outbox}.
 */
final class RequestPacker {

    /** Of all messages of a request together (SendMessageBatch). */
    static final int MAX_REQUEST_BYTES = 1 << 20;

    private final QueuePolicy policy;
    private final OutboxFigures figures;
    private final long lingerNanos;

    private final Map<String, QueueLines> queues = new HashMap<>();
    /** Queues with lines that are ready, in the order in which they are looked at. */
    private final ArrayDeque<QueueLines> busy = new ArrayDeque<>();

    private long added;

    RequestPacker(QueuePolicy policy, OutboxFigures figures) {
        this.policy = policy;
        this.figures = figures;
        this.lingerNanos = policy.linger().toNanos();
    }

    // ------------------------------------------------------------------ what waits

    /** Behind all others of its group. */
    void add(OutboxMessage message, long now) {
        QueueLines queue = linesOf(message.lane);
        Object key = message.isOrdered() ? groupOf(message) : message.lane;
        MessageLine line = queue.lines.get(key);
        if (line == null) {
            line = new MessageLine(
                    queue, key, message.isOrdered() ? policy.maxPerGroup() : OutgoingMessage.MAX_PER_REQUEST);
            queue.lines.put(key, line);
            showGroups(queue);
        }
        message.line = line;
        message.addedAt = now;
        message.number = ++added;
        int before = line.available();
        line.waiting.addLast(message);
        line.bytes += message.message.size();
        if (line.ready) {
            queue.readyMessages += line.available() - before;
            queue.readyBytes += message.message.size();
        } else if (line.open == null) {
            makeReady(line, now);
        }
    }

    /** What the queue of this lane was given so far waits for no more messages. */
    void flush(OutboxLane lane) {
        QueueLines queue = lane.lines;
        if (queue != null) {
            queue.flushedThrough = added;
        }
    }

    /** Forgets what the lane has waiting. */
    void drop(OutboxLane lane) {
        QueueLines queue = lane.lines;
        if (queue == null) {
            return;
        }
        for (Iterator<MessageLine> each = queue.lines.values().iterator(); each.hasNext(); ) {
            MessageLine line = each.next();
            leave(lane, line);
            if (line.waiting.isEmpty() && line.open == null) {
                each.remove();
            }
        }
        showGroups(queue);
        queue.ready.removeIf(line -> !line.ready);
        if (queue.ready.isEmpty() && queue.listed) {
            queue.listed = false;
            busy.remove(queue);
        }
    }

    private static void leave(OutboxLane lane, MessageLine line) {
        int before = line.available();
        long bytesBefore = line.bytes;
        if (!line.waiting.removeIf(message -> message.lane == lane)) {
            return;
        }
        line.bytes = 0;
        for (OutboxMessage message : line.waiting) {
            line.bytes += message.message.size();
        }
        if (line.ready) {
            line.queue.readyMessages += line.available() - before;
            line.queue.readyBytes += line.bytes - bytesBefore;
            if (line.waiting.isEmpty()) {
                line.ready = false;
                line.queue.waited -= line.waited ? 1 : 0;
            }
        }
    }

    /** It is the first of its group again. */
    void putBack(OutboxMessage message, MessageLine line) {
        int before = line.available();
        line.waiting.addFirst(message);
        line.bytes += message.message.size();
        if (line.ready) {
            line.queue.readyMessages += line.available() - before;
            line.queue.readyBytes += message.message.size();
        }
    }

    private QueueLines linesOf(OutboxLane lane) {
        QueueLines lines = lane.lines;
        if (lines == null) {
            QueueUrl queue = lane.queue;
            lines = queues.computeIfAbsent(queue.text(), text -> new QueueLines(queue));
            lane.lines = lines;
        }
        return lines;
    }

    /** Lines of a standard queue are no groups. */
    private void showGroups(QueueLines queue) {
        if (queue.queue.isFifo()) {
            int lines = queue.lines.size();
            figures.groups(figures.groups() + lines - queue.shown);
            queue.shown = lines;
        }
    }

    private static String groupOf(OutboxMessage message) {
        String group = message.message.groupId();
        if (group == null) {
            throw new IllegalArgumentException("a message to a FIFO queue without a group");
        }
        return group;
    }

    private void makeReady(MessageLine line, long now) {
        QueueLines queue = line.queue;
        OutboxMessage head = line.waiting.getFirst();
        line.ready = true;
        line.readyAt = now;
        line.waited = now - head.addedAt >= lingerNanos || head.number <= queue.flushedThrough || head.alone;
        queue.waited += line.waited ? 1 : 0;
        queue.ready.addLast(line);
        queue.readyMessages += line.available();
        queue.readyBytes += line.bytes;
        list(queue);
    }

    private void list(QueueLines queue) {
        if (!queue.listed) {
            queue.listed = true;
            busy.addLast(queue);
        }
    }

    // ------------------------------------------------------------------ requests

    /** A request of what is due, null if nothing is; queues take turns. */
    @Nullable
    SendRequest next(long now) {
        for (int left = busy.size(); left > 0; left--) {
            QueueLines queue = busy.removeFirst();
            queue.listed = false;
            SendRequest packed = dueWithin(queue, now) <= 0 ? pack(queue, now) : null;
            if (!queue.ready.isEmpty()) {
                list(queue);
            }
            if (packed != null) {
                return packed;
            }
        }
        return null;
    }

    /** Nanoseconds until {@link #next} may have something, {@link Long#MAX_VALUE} if only other calls change that. */
    long dueWithin(long now) {
        long wake = Long.MAX_VALUE;
        for (QueueLines queue : busy) {
            wake = Math.min(wake, dueWithin(queue, now));
        }
        return wake;
    }

    /** Nanoseconds until a request to this queue may be packed. */
    private long dueWithin(QueueLines queue, long now) {
        MessageLine first = queue.ready.peekFirst();
        if (first == null || queue.open >= policy.maxInFlight()) {
            return Long.MAX_VALUE;
        }
        boolean due = queue.readyMessages >= OutgoingMessage.MAX_PER_REQUEST
                || queue.readyBytes >= MAX_REQUEST_BYTES
                || queue.waited > 0
                || first.waiting.getFirst().number <= queue.flushedThrough;
        return due ? 0 : Math.max(0, lingerNanos - (now - first.readyAt));
    }

    private SendRequest pack(QueueLines queue, long now) {
        SendRequest request = new SendRequest(queue, now);
        queue.open++;
        int room = MAX_REQUEST_BYTES;
        for (MessageLine line = queue.ready.peekFirst(); line != null; line = queue.ready.peekFirst()) {
            int left = moveInto(request, line, room, now);
            if (left == room) {
                break;
            }
            room = left;
        }
        figures.opened(request);
        return request;
    }

    /** Moves what goes, from the first line that is ready. Gives back the bytes left. */
    private int moveInto(SendRequest request, MessageLine line, int room, long now) {
        QueueLines queue = line.queue;
        List<OutboxMessage> members = request.members;
        int availableBefore = line.available();
        long bytesBefore = line.bytes;
        int left = room;
        int taken = 0;
        for (OutboxMessage next = line.waiting.peekFirst();
                next != null && taken < line.maxPerRequest && fits(members, next, left);
                next = line.waiting.peekFirst()) {
            line.waiting.removeFirst();
            line.bytes -= next.message.size();
            left -= next.message.size();
            members.add(next);
            taken++;
        }
        if (taken == 0) {
            return room;
        }
        queue.ready.removeFirst();
        queue.readyMessages -= availableBefore;
        queue.readyBytes -= bytesBefore;
        queue.waited -= line.waited ? 1 : 0;
        line.ready = false;
        if (members.get(0).isOrdered()) {
            line.open = request;
        } else if (!line.waiting.isEmpty()) {
            makeReady(line, now);
        }
        return left;
    }

    private static boolean fits(List<OutboxMessage> members, OutboxMessage next, int room) {
        return members.isEmpty()
                || (members.size() < OutgoingMessage.MAX_PER_REQUEST
                        && next.message.size() <= room
                        && !next.alone
                        && !members.get(0).alone);
    }

    /** The request keeps only these; groups that have none left in it may go on, and so may the queue if it has none at all. */
    void goesOnWith(SendRequest request, ArrayList<OutboxMessage> rest, long now) {
        List<OutboxMessage> before = request.members;
        long bytesBefore = request.bytes();
        request.members = rest;
        figures.shrank(request, bytesBefore);
        for (OutboxMessage member : before) {
            if (member.line != null && member.line.open == request) {
                member.line.open = null;
            }
        }
        for (OutboxMessage member : rest) {
            if (member.line != null && member.isOrdered()) {
                member.line.open = request;
            }
        }
        for (OutboxMessage member : before) {
            MessageLine line = member.line;
            if (line == null || line.open != null || line.ready) {
                continue;
            }
            if (!line.waiting.isEmpty()) {
                makeReady(line, now);
            } else if (member.isOrdered()) {
                line.queue.lines.remove(line.key, line);
                showGroups(line.queue);
            }
        }
        if (rest.isEmpty()) {
            request.lines.open--;
        }
    }
}
