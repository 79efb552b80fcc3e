package io.fenceline.connect.sink.queue;

import io.fenceline.connect.sink.queue.OutboxMessage.Fate;
import io.fenceline.connect.sink.queue.SendStop.Why;
import io.fenceline.retry.Patience;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.SendOutcome;
import io.fenceline.sqs.SendOutcome.Entry;
import java.util.ArrayList;
import java.util.List;
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
 *   <li>Of a message group at most one request is open ({@link RequestPacker}), and one that is open stays so until each of its
 *       messages is settled. It goes again as it was, without what is settled (INV-3, INV-9).
 *   <li>A message that may have been accepted goes again only while {@link SendDeadline} is open, then by the policy (INV-49).
 *   <li>No request goes without the lease, or with a message of a lane that was dropped (INV-52, INV-42).
 * </ul>
 */
final class Outbox {

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
    private final RequestPacker packer;

    /** Requests that wait for their next attempt. */
    private final PriorityQueue<SendRequest> pausing =
            new PriorityQueue<>((one, other) -> Long.signum(one.dueAt - other.dueAt));

    /**
     * @param lease    of the worker
     * @param random   values from 0 to below 1, for pauses
     * @param warnings for the operator, told by {@link #mayGo}
     */
    Outbox(QueuePolicy policy, Lease lease, DoubleSupplier random, QueueCounters counters, Consumer<String> warnings) {
        this.policy = policy;
        this.lease = lease;
        this.random = random;
        this.counters = counters;
        this.warnings = warnings;
        this.deadline = new SendDeadline(policy.attempt());
        this.packer = new RequestPacker(policy, figures);
    }

    // ------------------------------------------------------------------ what comes in

    /** Behind all others of its group. */
    void add(OutboxMessage message, long now) {
        packer.add(message, now);
    }

    /** What the queue of this lane was given so far waits for no more messages. */
    void flush(OutboxLane lane) {
        packer.flush(lane);
    }

    /** Forgets the lane: nothing of it is sent or settled any more. What is under way cannot be called back. */
    void drop(OutboxLane lane, long now) {
        lane.dropped = true;
        halt(lane, now);
    }

    /** Nothing more of it is sent; what is under way is settled all the same. */
    private void halt(OutboxLane lane, long now) {
        lane.halted = true;
        packer.drop(lane);
        List<SendRequest> shorter = new ArrayList<>();
        for (SendRequest request : pausing) {
            if (request.members.stream().anyMatch(member -> member.lane == lane)) {
                shorter.add(request);
            }
        }
        for (SendRequest request : shorter) {
            packer.goesOnWith(request, withoutHalted(request.members), now);
            if (request.members.isEmpty()) {
                pausing.remove(request);
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
        return packer.next(now);
    }

    /** Nanoseconds until {@link #take} may have something, {@link Long#MAX_VALUE} if only other calls change that. */
    long wakeWithin(long now) {
        if (!lease.isProven(now)) {
            return Long.MAX_VALUE;
        }
        SendRequest due = pausing.peek();
        long wake = due == null ? Long.MAX_VALUE : Math.max(0, due.dueAt - now);
        return Math.min(wake, packer.dueWithin(now));
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
                    packer.putBack(member, member.line);
                }
            }
            packer.goesOnWith(request, new ArrayList<>(), now);
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
            packer.goesOnWith(request, rest, now);
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

    // ------------------------------------------------------------------ small things

    /** For any thread; the rest is its owner's. */
    OutboxFigures figures() {
        return figures;
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
