package io.fenceline.connect.source.queue;

import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.HandleOutcome;
import io.fenceline.sqs.HandleOutcome.Entry;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.ReceiveOutcome;
import io.fenceline.sqs.ReceivedMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A custody, a clock that the test advances, and a test that is SQS and Connect. Messages are named by id, or by group/id. */
final class CustodyRig {

    static final CustodyPolicy STANDARD = new CustodyPolicy(
            false,
            Duration.ofSeconds(120),
            Duration.ofSeconds(20),
            4,
            40,
            new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), null),
            OnUnconfirmed.FAIL);

    static final CustodyPolicy FIFO = with(STANDARD, true);

    /** Nearly all of it, so that nothing is due at the same moment. */
    static final Duration HALF = Duration.ofSeconds(59);

    static final Duration LAPSE = Duration.ofSeconds(121);

    final CustodyPolicy policy;
    final BodyBudget budget;
    final CustodyCounters counters = new CustodyCounters();
    final QueueCustody custody;
    private final Map<String, Integer> receives = new HashMap<>();
    int bodyLength = 1;
    /** A clock that wraps on the way. */
    long nanos = Long.MAX_VALUE - 500_000_000L;

    CustodyRig(CustodyPolicy policy) {
        this(policy, RecoveredLedger.EMPTY);
    }

    CustodyRig(CustodyPolicy policy, RecoveredLedger ledger) {
        this(policy, ledger, new BodyBudget(32 << 20));
    }

    CustodyRig(CustodyPolicy policy, RecoveredLedger ledger, BodyBudget budget) {
        this.policy = policy;
        this.budget = budget;
        this.custody = new QueueCustody(policy, ledger, budget, "start", () -> 0, counters, nanos);
    }

    /** One that has had its first answer, so that it receives as much as it may. */
    static CustodyRig warm(CustodyPolicy policy) {
        CustodyRig rig = new CustodyRig(policy);
        rig.receive("warm");
        rig.poll();
        rig.confirm("warm");
        rig.done(rig.change());
        return rig;
    }

    static CustodyPolicy with(CustodyPolicy policy, boolean fifo) {
        return new CustodyPolicy(
                fifo,
                policy.visibility(),
                policy.waitTime(),
                policy.receivers(),
                policy.maxHeld(),
                policy.retries(),
                policy.onUnconfirmed());
    }

    static CustodyPolicy with(CustodyPolicy policy, int maxHeld) {
        return new CustodyPolicy(
                policy.fifo(),
                policy.visibility(),
                policy.waitTime(),
                policy.receivers(),
                maxHeld,
                policy.retries(),
                policy.onUnconfirmed());
    }

    static CustodyPolicy with(CustodyPolicy policy, OnUnconfirmed onUnconfirmed) {
        return new CustodyPolicy(
                policy.fifo(),
                policy.visibility(),
                policy.waitTime(),
                policy.receivers(),
                policy.maxHeld(),
                policy.retries(),
                onUnconfirmed);
    }

    static CustodyPolicy with(CustodyPolicy policy, @Nullable Duration timeout) {
        return new CustodyPolicy(
                policy.fifo(),
                policy.visibility(),
                policy.waitTime(),
                policy.receivers(),
                policy.maxHeld(),
                new RetrySettings(
                        policy.retries().backoffMin(), policy.retries().backoffMax(), timeout),
                policy.onUnconfirmed());
    }

    // ------------------------------------------------------------------ time

    /** The worker goes on calling its task meanwhile. */
    void advance(Duration by) {
        nanos += by.toNanos();
        custody.receives.polled(nanos);
    }

    /** Nobody calls the task meanwhile. */
    void freeze(Duration by) {
        nanos += by.toNanos();
    }

    // ------------------------------------------------------------------ SQS

    ReceiveOrder order() {
        ReceiveOrder order = custody.nextReceive(nanos);
        if (order == null) {
            throw new AssertionError("nothing is to be received");
        }
        return order;
    }

    /** Receives these. */
    void receive(String... names) {
        answer(order(), names);
    }

    void answer(ReceiveOrder order, String... names) {
        answer(order, messages(names));
    }

    void answer(ReceiveOrder order, List<ReceivedMessage> messages) {
        custody.received(order, SizedMessage.of(messages), nanos);
    }

    List<ReceivedMessage> messages(String... names) {
        List<ReceivedMessage> messages = new ArrayList<>();
        for (String name : names) {
            messages.add(message(name, receives.merge(idOf(name), 1, Integer::sum)));
        }
        return messages;
    }

    ReceivedMessage message(String name, int count) {
        String group = name.contains("/") ? name.substring(0, name.indexOf('/')) : policy.fifo() ? "g" : null;
        return new ReceivedMessage(
                idOf(name), idOf(name) + "#" + count, "b".repeat(bodyLength), List.of(), group, null, null, count);
    }

    static String idOf(String name) {
        return name.substring(name.indexOf('/') + 1);
    }

    void receiveFails(ReceiveOrder order, QueueAnswer answer) {
        custody.receiveFailed(order, new ReceiveOutcome.Failed(answer, answer.name(), "as scripted"), nanos);
    }

    HandleChange change() {
        HandleChange change = custody.nextChange(nanos);
        if (change == null) {
            throw new AssertionError("nothing is to be changed");
        }
        return change;
    }

    void done(HandleChange change) {
        answer(
                change,
                Collections.nCopies(change.handles.size(), new Entry.Done()).toArray(Entry[]::new));
    }

    void answer(HandleChange change, Entry... entries) {
        custody.changed(change, new HandleOutcome.Answered(List.of(entries)), nanos);
    }

    void changeFails(HandleChange change, QueueAnswer answer) {
        custody.changed(change, new HandleOutcome.Failed(answer, answer.name(), "as scripted"), nanos);
    }

    static Entry done() {
        return new Entry.Done();
    }

    static Entry lapsed() {
        return new Entry.Lapsed("InvalidParameterValue", "as scripted");
    }

    static Entry unknown() {
        return new Entry.Unknown("ReceiptHandleIsInvalid", "as scripted");
    }

    static Entry not(QueueAnswer answer) {
        return new Entry.NotDone(answer, answer.name(), "as scripted");
    }

    // ------------------------------------------------------------------ Connect

    /** One poll that takes all there is. @return ids and slots, as id@area.number */
    List<String> poll() {
        custody.polled(nanos);
        List<String> taken = new ArrayList<>();
        while (custody.isReady()) {
            HeldMessage message = custody.handOver();
            taken.add(message.message().messageId() + "@" + message.slot().area() + "."
                    + message.slot().number());
        }
        custody.pollReturned();
        return taken;
    }

    void confirm(String... ids) {
        for (String id : ids) {
            custody.confirmed(id);
        }
    }

    CustodyFigures figures() {
        return custody.figures(nanos);
    }

    static RecoveredLedger ledger(long lastStart, String... ids) {
        return new RecoveredLedger(Set.of(ids), lastStart);
    }
}
