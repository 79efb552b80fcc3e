package io.fenceline.connect.sink.queue;

import io.fenceline.connect.sink.queue.OutboxMessage.Fate;
import io.fenceline.connect.sink.queue.SendStop.Why;
import io.fenceline.retry.Patience;
import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.SendOutcome;
import io.fenceline.sqs.SendOutcome.Entry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a task that wait to be sent, and what becomes of them after an answer. Pure: messages, answers and moments go
 * in; requests come out, and messages whose fate is sealed. One owner at a time; all moments are of one monotonic clock.
 *
 * <pre>
 *   add ──► line of the group ──► take ──► request ──► mayGo ──► (one attempt) ──► answered ──► accepted, refused, skipped, stop
 *                                  ▲                                                  │
 *                                  └──── the same request again, after a pause ◄──────┘
 * </pre>
 *
 * <p>What it holds to:
 * <ul>
 *   <li>Of a message group at most one request is open, and one that is open stays so until each of its messages is settled. It
 *       goes again as it was, without what is settled (INV-3, INV-9).
 *   <li>A request is packed from all lanes, line by line: first as much of one group as goes, since a group with an open
 *       request has to wait in any case, then of the next.
 *   <li>A message that may have been accepted goes again only while {@link SendDeadline} is open, then by the policy (INV-49).
 *   <li>No request goes without the lease, or with a message of a lane that was dropped (INV-52, INV-42).
 * </ul>
 */
final class Outbox {

    /** Of all messages of a request together (SendMessageBatch). */
    static final int MAX_REQUEST_BYTES = 1 << 20;

    /** Answers in a row that were none of SQS's, after which there is no further attempt. */
    static final int MAX_SENSELESS = 5;

    /** Credentials are asked for anew after the first. */
    static final int MAX_DENIALS = 2;

    private final QueuePolicy policy;
    private final Lease lease;
    private final DoubleSupplier random;
    private final QueueCounters counters;
    private final Consumer<String> warnings;
    private final OutboxFigures figures = new OutboxFigures();
    private final SendDeadline deadline;
    private final long lingerNanos;

    private final Map<String, QueueLines> queues = new HashMap<>();
    /** Queues with lines that are ready, in the order in which they are looked at. */
    private final ArrayDeque<QueueLines> busy = new ArrayDeque<>();
    /** Requests that wait for their next attempt. */
    private final PriorityQueue<SendRequest> pausing =
            new PriorityQueue<>((one, other) -> Long.signum(one.dueAt - other.dueAt));

    private long added;

    /**
     * @param lease  of the worker
     * @param random values from 0 to below 1, for pauses
     * @param warnings for the operator, told by {@link #mayGo}
     */
    Outbox(QueuePolicy policy, Lease lease, DoubleSupplier random, QueueCounters counters, Consumer<String> warnings) {
        this.policy = policy;
        this.lease = lease;
        this.random = random;
        this.counters = counters;
        this.warnings = warnings;
        this.deadline = new SendDeadline(policy.attempt());
        this.lingerNanos = policy.linger().toNanos();
    }

    /** For any thread; the rest is its owner's. */
    OutboxFigures figures() {
        return figures;
    }

    // ------------------------------------------------------------------ what comes in

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

    /** Forgets the lane: nothing of it is sent or settled any more. What is under way cannot be called back. */
    void drop(OutboxLane lane, long now) {
        lane.dropped = true;
        halt(lane, now);
    }

    /** Nothing more of it is sent; what is under way is settled all the same. */
    private void halt(OutboxLane lane, long now) {
        lane.halted = true;
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
        List<SendRequest> shorter = new ArrayList<>();
        for (SendRequest request : pausing) {
            if (request.members.stream().anyMatch(member -> member.lane == lane)) {
                shorter.add(request);
            }
        }
        for (SendRequest request : shorter) {
            goesOnWith(request, withoutHalted(request.members), now);
            if (request.members.isEmpty()) {
                pausing.remove(request);
            }
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

    // ------------------------------------------------------------------ what goes out

    /** The next request to send, null if there is none now; who takes it calls {@link #answered}, whatever comes of it. */
    @Nullable
    SendRequest take(long now) {
        if (!lease.isProven(now)) {
            return null;
        }
        SendRequest due = pausing.peek();
        if (due != null && due.dueAt - now <= 0) {
            return pausing.remove();
        }
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

    /** Nanoseconds until {@link #take} may have something, {@link Long#MAX_VALUE} if only other calls change that. */
    long wakeWithin(long now) {
        if (!lease.isProven(now)) {
            return Long.MAX_VALUE;
        }
        SendRequest due = pausing.peek();
        long wake = due == null ? Long.MAX_VALUE : Math.max(0, due.dueAt - now);
        for (QueueLines queue : busy) {
            wake = Math.min(wake, dueWithin(queue, now));
        }
        return wake;
    }

    /**
     * Asked as late as possible before an attempt: whether it may go. An answer of yes begins the attempt.
     *
     * @param wallNow milliseconds of the wall clock, to be compared with records' timestamps
     */
    boolean mayGo(SendRequest request, long now, long wallNow) {
        boolean goes = lease.isProven(now);
        if (goes) {
            for (OutboxMessage member : request.members) {
                goes &= !member.lane.halted && mayGo(member, now, wallNow);
            }
        }
        if (goes) {
            counters.requests.increment();
            if (request.attempts++ > 0) {
                counters.resends.add(request.members.size());
            }
        }
        return goes;
    }

    private boolean mayGo(OutboxMessage message, long now, long wallNow) {
        message.attemptSince = now;
        if (!message.isOrdered()) {
            return true;
        }
        if (message.started) {
            return deadline.isOpen(message.since, now);
        }
        DoubtRange range = message.lane.doubtRange;
        boolean afterPause = lease.isDoubtful(message.givenAt);
        if (!afterPause && !range.contains(message.offset)) {
            return true;
        }
        long age = deadline.usableAge(message.timestamp, wallNow);
        if (age >= 0) {
            // An earlier task, or another one meanwhile, may have sent it at any time since.
            message.attemptSince = now - age;
            return true;
        }
        if (policy.onRestart() == InDoubtOnRestart.FAIL) {
            message.tooOld = true;
            return false;
        }
        if (!message.named) {
            message.named = true;
            counters.restartRepeatsPossible.increment();
            String warning = afterPause ? range.sendsAfterPause(message.offset, lease.pauses()) : range.sendsAgain();
            if (warning != null) {
                warnings.accept(warning);
            }
        }
        return true;
    }

    // ------------------------------------------------------------------ what came of it

    /**
     * What came of an attempt, or of one that was held back.
     *
     * @return messages whose fate is sealed by it, in the order of the request; for who knows their lanes
     */
    List<OutboxMessage> answered(SendRequest request, SendOutcome outcome, long now) {
        return new Aftermath(request, now).of(outcome);
    }

    /** One answer to a request. */
    private final class Aftermath {
        private final SendRequest request;
        private final List<OutboxMessage> members;
        private final long now;

        private final List<OutboxMessage> done = new ArrayList<>();
        private final ArrayList<OutboxMessage> again = new ArrayList<>();
        private boolean accepted;
        /** Something that goes again was not only put off. */
        private boolean failed;

        private boolean heldBack;

        Aftermath(SendRequest request, long now) {
            this.request = request;
            this.members = request.members;
            this.now = now;
        }

        List<OutboxMessage> of(SendOutcome outcome) {
            if (outcome instanceof SendOutcome.Answered answered
                    && answered.entries().size() == members.size()) {
                entries(answered.entries());
            } else if (outcome instanceof SendOutcome.Failed whole) {
                if (whole.answer() == QueueAnswer.REFUSED && members.size() > 1) {
                    splitUp();
                    return done;
                }
                whole(whole.answer(), whole.code(), whole.message());
            } else {
                whole(QueueAnswer.SENSELESS, null, "an answer about another number of messages");
            }
            goOn();
            return done;
        }

        private void whole(QueueAnswer answer, @Nullable String code, String message) {
            heldBack = answer == QueueAnswer.HELD_BACK;
            noteInRow(answer == QueueAnswer.DENIED, answer == QueueAnswer.SENSELESS);
            for (OutboxMessage member : members) {
                notTaken(member, answer, code, message);
            }
        }

        private void entries(List<Entry> entries) {
            boolean denied = false;
            boolean senseless = false;
            for (Entry entry : entries) {
                if (entry instanceof Entry.NotTaken not) {
                    denied |= not.answer() == QueueAnswer.DENIED;
                    senseless |= not.answer() == QueueAnswer.SENSELESS;
                }
            }
            noteInRow(denied, senseless);
            for (int i = 0; i < entries.size(); i++) {
                OutboxMessage member = members.get(i);
                if (entries.get(i) instanceof Entry.NotTaken not) {
                    notTaken(member, not.answer(), not.code(), not.message());
                } else {
                    accepted = true;
                    counters.recordsAcknowledged.increment();
                    counters.bytesAcknowledged.add(member.message.size());
                    seal(member, Fate.ACCEPTED);
                }
            }
            for (OutboxMessage member : again) {
                noteOvertaken(member, entries);
            }
        }

        private void noteInRow(boolean denied, boolean senseless) {
            request.denials = denied ? request.denials + 1 : 0;
            request.senseless = senseless ? request.senseless + 1 : 0;
        }

        private void noteOvertaken(OutboxMessage member, List<Entry> entries) {
            for (int later = members.indexOf(member) + 1; later < members.size(); later++) {
                if (members.get(later).line == member.line
                        && entries.get(later) instanceof Entry.Accepted
                        && !member.overtaken
                        && member.isOrdered()) {
                    member.overtaken = true;
                    counters.reordered.increment();
                }
            }
        }

        private void notTaken(OutboxMessage member, QueueAnswer answer, @Nullable String code, String message) {
            if (answer.isInDoubt()) {
                counters.inDoubt.increment();
                startsFrom(member);
            }
            switch (answer) {
                case SERVER_ERROR, NO_ANSWER -> againInDoubt(member, code, message);
                case UNREACHABLE -> {
                    failed = true;
                    again(member, code, message);
                }
                case SENSELESS -> {
                    if (request.senseless >= MAX_SENSELESS) {
                        stop(member, Why.SENSELESS, code, message);
                    } else {
                        againInDoubt(member, code, message);
                    }
                }
                case THROTTLED, OVER_LIMIT -> {
                    counters.throttled.increment();
                    again(member, code, message);
                }
                case HELD_BACK -> {
                    if (member.tooOld) {
                        stop(member, Why.OLD_AT_START, null, "");
                    } else {
                        again(member, code, message);
                    }
                }
                case DENIED -> {
                    failed = true;
                    if (request.denials >= MAX_DENIALS) {
                        stop(member, Why.DENIED, code, message);
                    } else {
                        again(member, code, message);
                    }
                }
                case MISSING -> stop(member, Why.MISSING, code, message);
                case REFUSED -> refused(member, code, message);
            }
        }

        private void startsFrom(OutboxMessage member) {
            if (!member.started) {
                member.started = true;
                member.since = member.attemptSince;
            }
            if (!member.inDoubt) {
                member.inDoubt = true;
                member.lane.inDoubt.add(member.offset);
                member.lane.inDoubtCount = member.lane.inDoubt.size();
            }
        }

        private void againInDoubt(OutboxMessage member, @Nullable String code, String message) {
            failed = true;
            if (member.isOrdered()) {
                again(member, code, message);
            } else {
                byPolicy(member, Why.IN_DOUBT, code, message);
            }
        }

        private void again(OutboxMessage member, @Nullable String code, String message) {
            if (member.isOrdered() && member.started && !deadline.isOpen(member.since, now)) {
                byPolicy(member, Why.WINDOW_EXPIRED, code, message);
            } else {
                request.lastCode = code;
                request.lastMessage = message;
                again.add(member);
            }
        }

        private void refused(OutboxMessage member, @Nullable String code, String message) {
            // What is sent again and again would be refused for ever: who does not mind a second copy has it diverted.
            if (member.inDoubt && policy.inDoubt() != InDoubtPolicy.RESEND) {
                byPolicy(member, Why.REFUSED_IN_DOUBT, code, message);
                return;
            }
            counters.refused.increment();
            member.answer = code == null ? message : code + ": " + message;
            seal(member, Fate.REFUSED);
        }

        private void byPolicy(OutboxMessage member, Why why, @Nullable String code, String message) {
            switch (policy.inDoubt()) {
                case FAIL -> stop(member, why, code, message);
                case SKIP -> {
                    counters.inDoubtSkipped.increment();
                    seal(member, Fate.SKIPPED);
                }
                case RESEND -> {
                    counters.inDoubtResent.increment();
                    member.started = false;
                    again.add(member);
                }
            }
        }

        private void stop(OutboxMessage member, Why why, @Nullable String code, String message) {
            member.stop = new SendStop(why, code, message);
            seal(member, Fate.STOPS);
        }

        private void seal(OutboxMessage member, Fate fate) {
            member.fate = fate;
            if (member.inDoubt && fate != Fate.STOPS) {
                member.lane.inDoubt.remove(member.offset);
                member.lane.inDoubtCount = member.lane.inDoubt.size();
            }
            if (!member.lane.dropped) {
                done.add(member);
            }
        }

        /** It had no effect, and does not say which message was at fault: each goes by itself. */
        private void splitUp() {
            for (int i = members.size() - 1; i >= 0; i--) {
                OutboxMessage member = members.get(i);
                if (member.line != null && !member.lane.halted) {
                    member.alone = true;
                    putBack(member, member.line);
                }
            }
            goesOnWith(request, new ArrayList<>(), now);
        }

        private void goOn() {
            ArrayList<OutboxMessage> rest = withoutHalted(again);
            if (!rest.isEmpty()) {
                long pause = pause(rest);
                if (pause < 0) {
                    for (OutboxMessage member : rest) {
                        stop(member, Why.EXHAUSTED, request.lastCode, request.lastMessage);
                    }
                    rest = new ArrayList<>();
                } else {
                    request.dueAt = now + cut(pause, rest);
                    pausing.add(request);
                }
            }
            goesOnWith(request, rest, now);
            for (OutboxMessage member : done) {
                OutboxLane lane = member.lane;
                if (member.fate == Fate.STOPS && !lane.halted) {
                    lane.inDoubtAtStop =
                            lane.inDoubt.stream().mapToLong(Long::longValue).toArray();
                    halt(lane, now);
                }
            }
        }

        /** None of them sleeps past its last attempt. */
        private long cut(long pause, List<OutboxMessage> rest) {
            long cut = pause;
            for (OutboxMessage member : rest) {
                if (member.started) {
                    cut = Math.min(cut, deadline.cut(pause, member.since, now));
                }
            }
            return cut;
        }

        /** Nanoseconds, -1 if there is no further attempt. */
        private long pause(List<OutboxMessage> rest) {
            boolean shorter = rest.size() < members.size();
            if (heldBack && (shorter || !lease.isProven(now))) {
                return 0;
            }
            if (request.patience == null) {
                request.patience = new Patience(policy.retries(), random);
            }
            Patience patience = request.patience;
            if (accepted) {
                patience.succeeded();
            }
            if (heldBack || !failed) {
                return patience.excusedPause();
            }
            long pause = patience.pauseAfterFailure(0, now);
            return pause == 0 ? -1 : pause;
        }
    }

    // ------------------------------------------------------------------ lines and requests

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

    /** It is the first of its group again. */
    private static void putBack(OutboxMessage message, MessageLine line) {
        int before = line.available();
        line.waiting.addFirst(message);
        line.bytes += message.message.size();
        if (line.ready) {
            line.queue.readyMessages += line.available() - before;
            line.queue.readyBytes += message.message.size();
        }
    }

    /** The request keeps only these; groups that have none left in it may go on, and so may the queue if it has none at all. */
    private void goesOnWith(SendRequest request, ArrayList<OutboxMessage> rest, long now) {
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

    private static ArrayList<OutboxMessage> withoutHalted(List<OutboxMessage> members) {
        ArrayList<OutboxMessage> rest = new ArrayList<>(members.size());
        for (OutboxMessage member : members) {
            if (!member.lane.halted) {
                rest.add(member);
            }
        }
        return rest;
    }
}
