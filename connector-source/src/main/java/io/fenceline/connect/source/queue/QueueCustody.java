package io.fenceline.connect.source.queue;

import io.fenceline.connect.source.queue.CustodyStop.Why;
import io.fenceline.connect.source.queue.HandleChange.Kind;
import io.fenceline.connect.source.queue.Holding.State;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.HandleOutcome;
import io.fenceline.sqs.HandleOutcome.Entry;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.ReceiveOutcome;
import io.fenceline.sqs.ReceivedMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one queue from their first receive until they are deleted for certain. Pure: answers, Connect's words and
 * moments go in; receives, messages to hand over and changes come out. One owner at a time; all moments are of one monotonic
 * clock, in nanoseconds.
 *
 * <pre>
 *   received ──► WAITING ──handOver──► HANDED_OVER ──confirmed──► DELETE_DUE ──nextChange──► DELETING ──changed──► (slot free)
 *      │                                    │                        ▲  ▲                      │ │
 *      │ known already                      └──dropped──► by policy ─┘  ├── received again ◄───┤ AWAITING_HANDLE (FIFO, lapsed)
 *      └────────────────────────────────────────────────────────────────┘                      └► RESTING (may come again)
 * </pre>
 *
 * <p>What it holds to (exactly once, if Kafka takes a record and its offset in one transaction):
 * <ul>
 *   <li>A message is handed over once, and not at all if the ledger of an earlier start names it.
 *   <li>It is deleted only when Kafka has it, with the newest handle known.
 *   <li>A slot names one message, and is used again only when that one does not come again.
 *   <li>Nothing is evicted: what cannot be held is not received, or given back.
 * </ul>
 */
final class QueueCustody {

    private final CustodyPolicy policy;
    private final long visibility;
    private final BodyBudget budget;
    private final CustodyCounters counters;

    final Map<String, Holding> held = new HashMap<>();
    final Map<String, HeldGroup> groups = new HashMap<>();
    final ArrayDeque<Holding> waiting = new ArrayDeque<>();
    final GiveBacks giveBacks;

    private final long start;
    final Slots slots;
    final KnownIds known;
    final ReceivePlan receives;
    final UnconfirmedRecords unconfirmed = new UnconfirmedRecords();
    final PendingDeletes deletes;
    private final VisibilityExtensions extensions;
    final RestingSlots resting;
    final CallPatience deletePatience;
    final CallPatience changePatience;

    private long numbered;
    private int waitingCount;
    private long waitingBytes;
    private int awaitingHandle;
    /** Of those held. */
    private int uncounted;
    /** Nothing more is taken: a receive may end after what waited was given back, with the same messages. */
    private boolean ending;

    long changesBegun;
    /** They take turns: with many messages hidden for a short time there is always one to extend, and only deletes make them fewer. */
    boolean deleteNext;
    /** Since then no delete has succeeded and nothing more can be held, while {@link #full}. */
    private long fullSince;

    private boolean full;

    private @Nullable CustodyStop failure;

    /**
     * @param budget   for what waits to be handed over
     * @param attempts begins the attempt ids of this start and of no other: letters, digits and hyphens, up to 100
     * @param random   values from 0 to below 1, for pauses
     */
    QueueCustody(
            CustodyPolicy policy,
            RecoveredLedger ledger,
            BodyBudget budget,
            String attempts,
            DoubleSupplier random,
            CustodyCounters counters,
            long now) {
        RetrySettings endless = new RetrySettings(
                policy.retries().backoffMin(), policy.retries().backoffMax(), null);
        this.policy = policy;
        this.visibility = policy.visibility().toNanos();
        this.budget = budget;
        this.counters = counters;
        this.start = ledger.lastStart() + 1;
        this.slots = new Slots(start, ledger.isProof());
        this.known = new KnownIds(ledger.ids());
        this.receives = new ReceivePlan(policy, budget, attempts, random, now);
        this.deletes = new PendingDeletes(endless, random);
        this.extensions = new VisibilityExtensions(visibility);
        this.giveBacks = new GiveBacks(visibility);
        this.resting = new RestingSlots(visibility);
        this.deletePatience = new CallPatience(QueueAction.DELETE, endless, random);
        this.changePatience = new CallPatience(QueueAction.CHANGE_VISIBILITY, endless, random);
    }

    /** The number of this start, which goes into each source offset. */
    long start() {
        return start;
    }

    // ------------------------------------------------------------------ receiving

    /** The next receive to make now, null if there is none. Who takes it says what came of it. */
    @Nullable
    ReceiveOrder nextReceive(long now) {
        look(now);
        return failure == null ? receives.next(counted(), receivingHelps(), changesBegun, now) : null;
    }

    /** Nanoseconds until {@link #nextReceive} may have something, {@link Long#MAX_VALUE} if only other calls change that. */
    long receiveWithin(long now) {
        if (failure != null) {
            return Long.MAX_VALUE;
        }
        return Math.min(receives.within(counted(), receivingHelps(), now), resting.within(now));
    }

    private boolean receivingHelps() {
        return awaitingHandle > 0 || resting.waitForReceives();
    }

    /** The queue has answered. */
    void received(ReceiveOrder order, List<SizedMessage> messages, long now) {
        receives.answered(order);
        for (SizedMessage sized : messages) {
            ReceivedMessage message = sized.message();
            counters.received.increment();
            String id = message.messageId();
            Holding holding = held.get(id);
            if (holding != null) {
                counters.redelivered.increment();
                receivedAgain(holding, message, order, now);
            } else if (known.contains(id)) {
                counters.redelivered.increment();
                Holding known = hold(message, order, now);
                known.counts = false;
                uncounted++;
                deletes.add(known);
                extensions.renew(known, now);
            } else if (failure == null && !ending && hasRoom()) {
                toHandOver(hold(message, order, now), sized, now);
            } else {
                // So are all unknown ones behind it, since there will be no more room: those of its group come again in
                // order.
                counters.givenBack.increment();
                giveBacks.add(message.receiptHandle(), order.begun() + visibility);
            }
        }
        look(now);
    }

    /**
     * Messages that take room. Those Kafka had before need none of ours and block nothing, also while they cannot be deleted; there
     * are never more of them than {@link KnownIds} knows.
     */
    private int counted() {
        return held.size() - uncounted;
    }

    /** Beside what is reserved for other receives. */
    private boolean hasRoom() {
        return counted() + receives.reserved() < policy.maxHeld();
    }

    private Holding hold(ReceivedMessage message, ReceiveOrder order, long now) {
        String groupId = policy.fifo() ? message.groupId() : null;
        HeldGroup group = groupId == null ? null : groups.computeIfAbsent(groupId, name -> new HeldGroup(name, now));
        Holding holding = new Holding(message.messageId(), ++numbered, group);
        holding.received(message.receiptHandle(), message.receiveCount(), order, visibility, now);
        held.put(holding.id, holding);
        if (group != null) {
            group.members.add(holding);
        }
        return holding;
    }

    private void toHandOver(Holding holding, SizedMessage message, long now) {
        Slot slot = slots.take();
        int size = message.size();
        receives.saw(size);
        budget.change(size);
        waitingBytes += size;
        waitingCount++;
        holding.state = State.WAITING;
        holding.slot = slot;
        holding.waiting = new HeldMessage(message.message(), slot, size);
        waiting.add(holding);
        extensions.renew(holding, now);
    }

    private void receivedAgain(Holding holding, ReceivedMessage message, ReceiveOrder order, long now) {
        boolean newer = holding.received(message.receiptHandle(), message.receiveCount(), order, visibility, now);
        if (!newer) {
            if (holding.state == State.RESTING) {
                // The handle is no use, but the message is there.
                rest(holding, true, now);
            }
            return;
        }
        switch (holding.state) {
            case AWAITING_HANDLE -> {
                awaitingHandle--;
                deletes.add(holding);
            }
            case RESTING -> {
                resting.remove(holding);
                deletes.add(holding);
            }
            case WAITING, HANDED_OVER, DROPPED, DELETE_DUE, DELETING, GONE -> {}
        }
        extensions.renew(holding, now);
    }

    /** The receive has failed; perhaps it has hidden messages nobody knows of. */
    void receiveFailed(ReceiveOrder order, ReceiveOutcome.Failed failed, long now) {
        counters.receivesFailed.increment();
        countIfThrottled(failed.answer());
        fail(receives.failed(order, failed, now));
    }

    private void countIfThrottled(QueueAnswer answer) {
        if (answer == QueueAnswer.THROTTLED || answer == QueueAnswer.OVER_LIMIT) {
            counters.throttled.increment();
        }
    }

    // ------------------------------------------------------------------ handing over

    /** There is a message to hand over. None is after a failure. */
    boolean isReady() {
        return failure == null && peek() != null;
    }

    /** The next message to hand over, null if there is none. */
    @Nullable
    HeldMessage peek() {
        for (Holding first = waiting.peek(); first != null; first = waiting.peek()) {
            if (first.state == State.WAITING) {
                return first.waiting;
            }
            waiting.remove();
        }
        return null;
    }

    /** Hands over what {@link #peek} shows: Connect has it from now on, and its body is no longer kept here. */
    HeldMessage handOver() {
        HeldMessage message = peek();
        Holding holding = waiting.remove();
        if (message == null) {
            throw new IllegalStateException("no message waits");
        }
        letGoOfBody(holding);
        holding.state = State.HANDED_OVER;
        unconfirmed.add(holding);
        counters.handedOver.increment();
        Long sentAt = message.message().sentAt();
        if (sentAt != null) {
            counters.newestMessage.saw(sentAt);
        }
        return message;
    }

    private void letGoOfBody(Holding holding) {
        HeldMessage message = holding.waiting;
        if (message != null) {
            holding.waiting = null;
            waitingCount--;
            waitingBytes -= message.size();
            budget.change(-message.size());
            receives.madeRoom();
        }
    }

    // ------------------------------------------------------------------ Connect's answers

    /** A poll begins. */
    void polled(long now) {
        receives.polled(now);
        for (Holding holding : unconfirmed.polled(now)) {
            dropped(holding);
        }
        look(now);
    }

    /** The poll returns: Connect has what was handed over. */
    void pollReturned() {
        unconfirmed.pollReturned();
    }

    /** {@code SourceTask.commit}, on the thread that polls; on no other. */
    void committed() {
        unconfirmed.committed();
    }

    /** Kafka has it. */
    void confirmed(String messageId) {
        Holding holding = held.get(messageId);
        if (holding == null) {
            if (policy.onUnconfirmed() != OnUnconfirmed.DELETE) {
                // Taken for dropped before, and let go: if it comes again, Kafka has it.
                known.addDeleted(messageId);
            }
            return;
        }
        switch (holding.state) {
            case WAITING, HANDED_OVER, DROPPED -> {
                letGoOfBody(holding);
                unconfirmed.remove(holding);
                receives.confirmedOnce();
                counters.confirmed.increment();
                deletes.add(holding);
            }
            case DELETE_DUE, DELETING, AWAITING_HANDLE, RESTING, GONE -> {}
        }
    }

    /** Its record was dropped before Kafka: {@code commitRecord} without metadata. */
    void dropped(String messageId) {
        Holding holding = held.get(messageId);
        if (holding != null && holding.state == State.HANDED_OVER) {
            dropped(holding);
        }
    }

    private void dropped(Holding holding) {
        unconfirmed.remove(holding);
        counters.unconfirmed.increment();
        switch (policy.onUnconfirmed()) {
            case FAIL -> {
                holding.state = State.DROPPED;
                fail(CustodyStop.unconfirmed(holding.id));
            }
            case DELETE -> {
                receives.confirmedOnce();
                freeSlot(holding);
                holding.forgotten = true;
                deletes.add(holding);
            }
            case KEEP -> {
                receives.confirmedOnce();
                forget(holding);
            }
        }
    }

    // ------------------------------------------------------------------ deletes and visibility

    /** The next request to make now, null if there is none. Who takes it says what came of it. */
    @Nullable
    HandleChange nextChange(long now) {
        look(now);
        HandleChange change = deleteNext ? nextDelete(now) : nextVisibilityChange(now);
        if (change == null) {
            change = deleteNext ? nextVisibilityChange(now) : nextDelete(now);
        }
        deleteNext = change != null && change.kind != Kind.DELETE;
        changesBegun += change == null ? 0 : 1;
        return change;
    }

    private @Nullable HandleChange nextDelete(long now) {
        if (!mayDelete() || deletePatience.pausesFor(now) > 0) {
            return null;
        }
        List<Holding> due = deletes.take(now);
        for (Holding holding : due) {
            extensions.suspend(holding);
        }
        return due.isEmpty() ? null : HandleChange.of(Kind.DELETE, due, Duration.ZERO, now);
    }

    private @Nullable HandleChange nextVisibilityChange(long now) {
        if (changePatience.pausesFor(now) > 0) {
            return null;
        }
        List<String> back = giveBacks.take(now);
        if (!back.isEmpty()) {
            return HandleChange.giveBack(back, now);
        }
        if (!mayExtend(now)) {
            return null;
        }
        List<Holding> due = extensions.take(now);
        return due.isEmpty() ? null : HandleChange.of(Kind.EXTEND, due, policy.visibility(), now);
    }

    private boolean mayExtend(long now) {
        return failure == null && receives.isPolled(now);
    }

    /** Also after a failure, unless it is that nothing can be deleted. */
    private boolean mayDelete() {
        return failure == null
                || failure.why() != Why.MISSING && !QueueAction.DELETE.iam().equals(failure.action());
    }

    /** Nanoseconds until {@link #nextChange} may have something, {@link Long#MAX_VALUE} if only other calls change that. */
    long changeWithin(long now) {
        long change = !giveBacks.isEmpty() ? 0 : mayExtend(now) ? extensions.within(now) : Long.MAX_VALUE;
        long delete = mayDelete() ? deletes.within(now) : Long.MAX_VALUE;
        return Math.min(
                Math.max(change, changePatience.pausesFor(now)), Math.max(delete, deletePatience.pausesFor(now)));
    }

    /** What came of a request that was taken. */
    void changed(HandleChange change, HandleOutcome outcome, long now) {
        if (outcome instanceof HandleOutcome.Answered answered
                && answered.entries().size() == change.handles.size()) {
            switch (change.kind) {
                case DELETE -> deleted(change, answered.entries(), now);
                case EXTEND -> extended(change, answered.entries(), now);
                case GIVE_BACK -> fail(ofEntries(changePatience, change, answered.entries(), now));
            }
        } else {
            HandleOutcome.Failed failed = outcome instanceof HandleOutcome.Failed whole
                    ? whole
                    : new HandleOutcome.Failed(
                            QueueAnswer.SENSELESS, null, "an answer about another number of messages");
            counters.changesFailed.increment();
            countIfThrottled(failed.answer());
            CallPatience patience = change.kind == Kind.DELETE ? deletePatience : changePatience;
            fail(patience.failed(failed.answer(), failed.code(), failed.message(), change.begun, now));
            suspect(change, failed.answer());
            notChanged(change, now);
        }
        look(now);
    }

    /** A request that failed as a whole may have failed for one of its messages, and then would for ever. */
    private static void suspect(HandleChange change, QueueAnswer answer) {
        if (answer != QueueAnswer.REFUSED && answer != QueueAnswer.SERVER_ERROR) {
            return;
        }
        for (int i = 0; i < change.members.size(); i++) {
            if (change.isOfNewestHandle(i)) {
                change.members.get(i).suspected(answer == QueueAnswer.REFUSED);
            }
        }
    }

    private void notChanged(HandleChange change, long now) {
        // It would be the first of all for ever.
        boolean pauses = change.members.size() == 1 && change.members.get(0).isAlone();
        switch (change.kind) {
            case DELETE -> {
                for (Holding holding : change.members) {
                    holding.pauses = pauses;
                }
                deletes.answered(change.members, change.members, now);
                for (Holding holding : change.members) {
                    extensions.resume(holding);
                }
            }
            case EXTEND -> {
                for (Holding holding : change.members) {
                    holding.extending = false;
                    if (pauses) {
                        extensions.failed(holding, visibility / 16, now);
                    } else {
                        extensions.resume(holding);
                    }
                }
            }
            // They come back by themselves.
            case GIVE_BACK -> {}
        }
    }

    private void deleted(HandleChange change, List<Entry> entries, long now) {
        fail(ofEntries(deletePatience, change, entries, now));
        List<Holding> again = new ArrayList<>(0);
        for (int i = 0; i < entries.size(); i++) {
            Holding holding = change.members.get(i);
            boolean shown = holding.hiddenUntil - now <= 0;
            boolean lost = receives.lostSince(holding.handleBegun);
            DeleteVerdict verdict =
                    DeleteVerdict.of(entries.get(i), policy.fifo(), change.isOfNewestHandle(i), !shown && !lost);
            counters.deletesFailed.add(verdict == DeleteVerdict.GONE ? 0 : 1);
            switch (verdict) {
                case GONE -> gone(holding);
                case REST -> rest(holding, shown || !(entries.get(i) instanceof Entry.Done), now);
                case AWAIT_HANDLE -> awaitHandle(holding);
                case AGAIN -> again.add(holding);
                case RETRY -> {
                    holding.pauses = true;
                    again.add(holding);
                }
            }
        }
        deletes.answered(change.members, again, now);
        for (Holding holding : again) {
            extensions.resume(holding);
        }
    }

    private void gone(Holding holding) {
        full = false;
        counters.deleted.increment();
        letGo(holding);
    }

    private void rest(Holding holding, boolean mayComeAgain, long now) {
        if (holding.slot == null) {
            letGo(holding);
        } else {
            resting.remove(holding);
            holding.state = State.RESTING;
            resting.add(holding, mayComeAgain, now);
        }
    }

    private void awaitHandle(Holding holding) {
        if (holding.slot == null) {
            letGo(holding);
        } else {
            holding.state = State.AWAITING_HANDLE;
            awaitingHandle++;
        }
    }

    /** Its slot is free, and if it comes again it is deleted again. */
    private void letGo(Holding holding) {
        if (!holding.forgotten) {
            known.addDeleted(holding.id);
        }
        forget(holding);
    }

    private void forget(Holding holding) {
        extensions.suspend(holding);
        freeSlot(holding);
        holding.state = State.GONE;
        held.remove(holding.id);
        uncounted -= holding.counts ? 0 : 1;
        HeldGroup group = holding.group;
        if (group != null) {
            group.members.remove(holding);
            if (group.members.isEmpty()) {
                groups.remove(group.name);
            }
        }
    }

    private void freeSlot(Holding holding) {
        if (holding.slot != null) {
            slots.free(holding.slot);
            holding.slot = null;
        }
    }

    private void extended(HandleChange change, List<Entry> entries, long now) {
        fail(ofEntries(changePatience, change, entries, now));
        for (int i = 0; i < entries.size(); i++) {
            Holding holding = change.members.get(i);
            Entry entry = entries.get(i);
            holding.extending = false;
            if (!change.isOfNewestHandle(i)) {
                extensions.resume(holding);
            } else if (entry instanceof Entry.Done) {
                holding.provedSound();
                extensions.done(holding, change.begun, now);
            } else if (entry instanceof Entry.NotDone) {
                extensions.failed(holding, visibility / 16, now);
            } else {
                holding.extendable = false;
                if (holding.state != State.DELETING || entry instanceof Entry.Lapsed) {
                    holding.hiddenUntil = now;
                } // else its delete was faster
            }
        }
    }

    /** What single entries say about all calls: that they are not allowed, say. Others are a matter of their messages. */
    private static @Nullable CustodyStop ofEntries(
            CallPatience patience, HandleChange change, List<Entry> entries, long now) {
        for (Entry entry : entries) {
            if (entry instanceof Entry.Lapsed lapsed) {
                patience.heard(lapsed.code(), lapsed.message());
            } else if (entry instanceof Entry.Unknown unknown) {
                patience.heard(unknown.code(), unknown.message());
            } else if (entry instanceof Entry.NotDone not) {
                patience.heard(not.code(), not.message());
                switch (not.answer()) {
                    case DENIED, MISSING, SENSELESS -> {
                        return patience.failed(not.answer(), not.code(), not.message(), change.begun, now);
                    }
                    default -> {}
                }
            }
        }
        patience.succeeded();
        return null;
    }

    // ------------------------------------------------------------------ the end, and figures

    /** Nothing more is handed over; what waits is given back, in its order, so that the next start has it at once. */
    void giveBackWaiting() {
        ending = true;
        for (HeldMessage next = peek(); next != null; next = peek()) {
            Holding holding = waiting.remove();
            letGoOfBody(holding);
            giveBacks.add(holding.handle, holding.hiddenUntil);
            forget(holding);
        }
    }

    /** A message that was handed over and never became a record is given back, as if it had not been. */
    void takeBack(String messageId) {
        Holding holding = held.get(messageId);
        if (holding != null && holding.state == State.HANDED_OVER) {
            unconfirmed.remove(holding);
            giveBacks.add(holding.handle, holding.hiddenUntil);
            forget(holding);
        }
    }

    /** Why nothing more comes from this queue; null while it does. What Kafka has is still deleted as far as that goes. */
    @Nullable
    CustodyStop failure() {
        return failure;
    }

    private void fail(@Nullable CustodyStop stop) {
        if (failure == null) {
            failure = stop;
        }
    }

    /** What time alone brings about. */
    private void look(long now) {
        for (Holding holding : resting.take(receives, now)) {
            letGo(holding);
        }
        boolean fullNow = receives.isFull(counted()) && resting.count() == 0 && deletes.count() + awaitingHandle > 0;
        if (fullNow && !full) {
            fullSince = now;
        }
        full = fullNow;
        Duration limit = policy.retries().timeout();
        if (full && limit != null && now - fullSince >= limit.toNanos()) {
            fail(deletePatience.stop(Why.LEDGER_STUCK));
        }
    }

    CustodyFigures figures(long now) {
        return new CustodyFigures(
                held.size(),
                waitingCount,
                waitingBytes,
                unconfirmed.count(),
                deletes.count(),
                awaitingHandle,
                resting.count(),
                unconfirmed.oldestAge(now),
                full ? Math.max(0, now - fullSince) : 0);
    }
}
