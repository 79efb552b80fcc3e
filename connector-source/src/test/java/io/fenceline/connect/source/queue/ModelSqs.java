package io.fenceline.connect.source.queue;

import io.fenceline.sqs.HandleOutcome.Entry;
import io.fenceline.sqs.ReceivedMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A small model of one queue, for explorations. Times are whole seconds. What it assumes of SQS, to be compared with servers:
 * <ol>
 *   <li>A receive hides what it gives for the visibility timeout, from the moment in which it gives it, and gives each message a
 *       new handle and a receive count that is one higher. What is hidden is given to nobody.
 *   <li>A standard queue gives what is visible in any order, or less of it; what has been visible for a whole visibility
 *       timeout comes before anything else.
 *       Copies inside a visibility timeout, or after a delete that had its effect, are not modelled (they are what stays open).
 *   <li>A FIFO queue gives of a group the first message that is not deleted, and what follows it, up to the first that is hidden:
 *       a lapsed first message comes again although later ones are still held, never the other way round.
 *   <li>A receive with the attempt id of an earlier one gives the same messages with the same handles and hides them anew, if none
 *       of them was deleted, extended, or received again since; else it is a receive like any other.
 *   <li>Delete, standard queue: the newest handle deletes, also behind its visibility timeout; an older one answers that it is
 *       done, without effect; so does one of a message that is deleted already.
 *   <li>Delete, FIFO queue: the newest handle deletes while the message is hidden; behind that, and with an older one, it is
 *       refused as expired. Of a message that is deleted already it answers that it is done.
 *   <li>Delete, {@link Kind#STRICT}: as standard, but an older handle and a deleted message are told as an unknown handle, as
 *       ElasticMQ does.
 *   <li>Extending with the newest handle hides the message anew from that moment on; behind its visibility timeout it is refused
 *       as lapsed; with any other handle as unknown.
 *   <li>Giving back is extending by nothing.
 *   <li>A batch is done entry by entry, and its answer is lost as a whole or not at all.
 * </ol>
 */
final class ModelSqs {

    enum Kind {
        STANDARD,
        FIFO,
        STRICT
    }

    static final class Message {
        final String id;
        final String group;
        int count;
        int visibleAt;
        boolean deleted;

        Message(String id, String group) {
            this.id = id;
            this.group = group;
        }

        String handle() {
            return id + "#" + count;
        }
    }

    private record Attempt(String id, List<Message> messages, List<Integer> counts, List<Integer> visibleAt) {}

    final Kind kind;
    final int visibility;
    final List<Message> messages = new ArrayList<>();

    private @Nullable Attempt attempt;

    ModelSqs(Kind kind, int visibility) {
        this.kind = kind;
        this.visibility = visibility;
    }

    void send(String id, String group) {
        messages.add(new Message(id, group));
    }

    boolean isEmpty() {
        for (Message message : messages) {
            if (!message.deleted) {
                return false;
            }
        }
        return true;
    }

    /** How many a standard queue could give in another order. */
    int inNoOrder(int now) {
        int count = 0;
        for (Message message : messages) {
            count += !message.deleted && message.visibleAt <= now && message.visibleAt > now - visibility ? 1 : 0;
        }
        return count;
    }

    /** @param backwards a standard queue gives the newest first, of those that may come in any order */
    List<ReceivedMessage> receive(int max, @Nullable String attemptId, boolean backwards, int now) {
        List<Message> given = replayed(attemptId);
        if (given == null) {
            given = kind == Kind.FIFO ? inOrder(max, now) : inAnyOrder(max, backwards, now);
            given.forEach(message -> message.count++);
        }
        given.forEach(message -> message.visibleAt = now + visibility);
        if (attemptId != null) {
            attempt = new Attempt(
                    attemptId,
                    List.copyOf(given),
                    given.stream().map(message -> message.count).toList(),
                    given.stream().map(message -> message.visibleAt).toList());
        }
        List<ReceivedMessage> answer = new ArrayList<>();
        for (Message message : given) {
            answer.add(new ReceivedMessage(
                    message.id,
                    message.handle(),
                    "b",
                    List.of(),
                    kind == Kind.FIFO ? message.group : null,
                    null,
                    null,
                    message.count));
        }
        return answer;
    }

    private @Nullable List<Message> replayed(@Nullable String attemptId) {
        Attempt before = attempt;
        if (before == null || !before.id().equals(attemptId)) {
            return null;
        }
        for (int i = 0; i < before.messages().size(); i++) {
            Message message = before.messages().get(i);
            if (message.deleted
                    || message.count != before.counts().get(i)
                    || message.visibleAt != before.visibleAt().get(i)) {
                return null;
            }
        }
        return before.messages();
    }

    private List<Message> inOrder(int max, int now) {
        List<Message> given = new ArrayList<>();
        Set<String> locked = new HashSet<>();
        for (Message message : messages) {
            if (message.deleted || locked.contains(message.group)) {
                continue;
            }
            if (message.visibleAt > now || given.size() == max) {
                locked.add(message.group);
            } else {
                given.add(message);
            }
        }
        return given;
    }

    private List<Message> inAnyOrder(int max, boolean backwards, int now) {
        List<Message> given = new ArrayList<>();
        List<Message> others = new ArrayList<>();
        for (Message message : messages) {
            if (!message.deleted && message.visibleAt <= now) {
                (now - message.visibleAt >= visibility ? given : others).add(message);
            }
        }
        if (backwards) {
            Collections.reverse(others);
        }
        given.addAll(others);
        return given.size() > max ? new ArrayList<>(given.subList(0, max)) : given;
    }

    Entry delete(String handle, int now) {
        Message message = of(handle);
        boolean newest = message.handle().equals(handle);
        if (message.deleted) {
            return kind == Kind.STRICT ? unknown() : new Entry.Done();
        }
        if (kind == Kind.FIFO && (!newest || message.visibleAt <= now)) {
            return lapsed();
        }
        if (newest) {
            message.deleted = true;
            return new Entry.Done();
        }
        return kind == Kind.STRICT ? unknown() : new Entry.Done();
    }

    Entry changeVisibility(String handle, int seconds, int now) {
        Message message = of(handle);
        if (message.deleted || !message.handle().equals(handle)) {
            return unknown();
        }
        if (message.visibleAt <= now) {
            return lapsed();
        }
        message.visibleAt = now + seconds;
        return new Entry.Done();
    }

    private Message of(String handle) {
        int length = handle.indexOf('#');
        for (Message message : messages) {
            if (message.id.length() == length && handle.startsWith(message.id)) {
                return message;
            }
        }
        throw new AssertionError(handle);
    }

    /** Newest receive count, to tell how old a handle is. */
    int countOf(String id) {
        return of(id + "#").count;
    }

    private static Entry unknown() {
        return new Entry.Unknown("ReceiptHandleIsInvalid", "as modelled");
    }

    private static Entry lapsed() {
        return new Entry.Lapsed("InvalidParameterValue", "as modelled");
    }

    /** Everything that decides what it does from now on. */
    void describe(StringBuilder key, int now) {
        for (Message message : messages) {
            key.append(message.deleted ? 'x' : message.count == 0 ? '0' : '1')
                    .append(Math.max(kind == Kind.FIFO ? 0 : -visibility, message.visibleAt - now))
                    .append(' ');
        }
        Attempt before = attempt;
        if (before != null && replayed(before.id()) != null) {
            key.append('a');
            before.messages().forEach(message -> key.append(message.id));
        }
    }
}
