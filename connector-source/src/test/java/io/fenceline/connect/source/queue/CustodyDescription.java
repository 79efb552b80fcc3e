package io.fenceline.connect.source.queue;

import java.util.Collection;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Everything of a custody that decides what it does from now on, without what only tells how it came there. */
final class CustodyDescription {

    private final QueueCustody custody;
    private final long now;
    private final LongFunction<Integer> relative;
    private final UnaryOperator<String> age;

    /**
     * @param relative a moment, relative to now and within bounds
     * @param age      a handle, by how many newer ones there are
     */
    CustodyDescription(QueueCustody custody, long now, LongFunction<Integer> relative, UnaryOperator<String> age) {
        this.custody = custody;
        this.now = now;
        this.relative = relative;
        this.age = age;
    }

    void appendTo(StringBuilder key) {
        for (Holding holding : new TreeMap<>(custody.held).values()) {
            key.append(' ').append(holding.state.ordinal()).append(age.apply(holding.handle));
            key.append(holding.slot == null ? "-" : holding.slot.number());
            key.append(holding.forgotten ? 'f' : ' ');
            key.append(Math.max(0, relative.apply(holding.hiddenUntil)))
                    .append(custody.receives.lostSince(holding.handleBegun) ? 'l' : ' ')
                    .append(holding.extendable ? 'e' : ' ')
                    .append(holding.extending ? 'x' : ' ');
            if (holding.watched || holding.extending) {
                key.append(Math.max(0, relative.apply(holding.extendAt)));
            }
            if (holding.state == Holding.State.RESTING) {
                key.append('r').append(relative.apply(holding.restUntil));
            }
        }
        key.append('w');
        ids(key, custody.waiting, holding -> holding.state == Holding.State.WAITING);
        key.append('g');
        custody.giveBacks.waiting.forEach(one -> key.append(age.apply(one.handle()))
                .append(custody.giveBacks.isLate(one, now) ? 'l' : Math.max(0, relative.apply(one.hiddenUntil()))));
        key.append('k').append(new TreeSet<>(custody.known.deleted));
        deletes(key, custody.deletes);
        key.append('u').append(custody.unconfirmed.committed ? 'c' : ' ');
        for (Holding holding : custody.unconfirmed.handedOver) {
            key.append(holding.id).append(Math.min(3, custody.unconfirmed.poll - holding.poll));
        }
        key.append('R');
        ids(key, custody.resting.gone, holding -> true);
        key.append('/');
        ids(key, custody.resting.doubtful, holding -> true);
        receives(key, custody.receives);
        pause(key, custody.deletePatience);
        pause(key, custody.changePatience);
        key.append(custody.deleteNext ? 't' : ' ');
    }

    private void deletes(StringBuilder key, PendingDeletes deletes) {
        key.append('d');
        ids(key, deletes.ready, holding -> true);
        for (HeldGroup group : custody.groups.values()) {
            key.append(group.name)
                    .append(group.deleting ? 'd' : ' ')
                    .append(group.pausing != null ? 'p' : ' ')
                    .append(group.listed ? 'l' : ' ')
                    .append(Math.max(0, relative.apply(group.notDueBefore)));
            ids(key, group.deletes, holding -> true);
        }
    }

    private void receives(StringBuilder key, ReceivePlan receives) {
        key.append('p').append(receives.confirmedOnce ? 'c' : ' ');
        ReceiveOrder lost = receives.lost;
        if (lost != null && lost.attempt() != null && lost.attempt().changes() == custody.changesBegun) {
            key.append('L').append(lost.maxMessages());
        }
        boolean rests = !custody.resting.doubtful.isEmpty();
        boolean open = !receives.open.isEmpty();
        int lostAt = receives.anyLost ? relative.apply(receives.lastLostAt) : -9;
        // Only what began by then is concerned.
        key.append(rests || open || lostAt == 0 ? lostAt : -9)
                .append(rests ? relative.apply(receives.answeredBegun) : -9)
                .append(Math.max(0, relative.apply(receives.slowNotBefore)));
        pause(key, receives.patience);
    }

    private void pause(StringBuilder key, CallPatience patience) {
        key.append('P').append(patience.pausesFor(now) / 1_000_000_000L);
    }

    private static void ids(StringBuilder key, Collection<Holding> of, Predicate<Holding> which) {
        of.stream().filter(which).forEach(holding -> key.append(holding.id));
    }
}
