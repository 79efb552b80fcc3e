package io.fenceline.connect.source.queue;

import io.fenceline.sqs.ReceiveRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One request to make about up to ten handles. Who takes it says what came of it. Immutable. */
final class HandleChange {

    enum Kind {
        DELETE(QueueAction.DELETE),
        /** Hidden for another visibility timeout. */
        EXTEND(QueueAction.CHANGE_VISIBILITY),
        /** Visible at once. */
        GIVE_BACK(QueueAction.CHANGE_VISIBILITY);

        private final QueueAction action;

        Kind(QueueAction action) {
            this.action = action;
        }

        QueueAction action() {
            return action;
        }
    }

    static final int MOST = ReceiveRequest.MOST_MESSAGES;

    final Kind kind;
    /** As they go over the wire. */
    final List<String> handles;
    /** How long what is not deleted stays hidden. */
    final Duration visibility;

    final long begun;
    /** As many as handles; none with {@link Kind#GIVE_BACK}. */
    final List<Holding> members;

    private final int[] versions;

    private HandleChange(Kind kind, List<String> handles, Duration visibility, List<Holding> members, long begun) {
        this.kind = kind;
        this.handles = handles;
        this.visibility = visibility;
        this.members = members;
        this.begun = begun;
        this.versions = new int[members.size()];
        for (int i = 0; i < versions.length; i++) {
            versions[i] = members.get(i).version;
        }
    }

    static HandleChange of(Kind kind, List<Holding> members, Duration visibility, long begun) {
        List<String> handles = new ArrayList<>(members.size());
        for (Holding member : members) {
            handles.add(member.handle);
        }
        return new HandleChange(kind, handles, visibility, members, begun);
    }

    static HandleChange giveBack(List<String> handles, long begun) {
        return new HandleChange(Kind.GIVE_BACK, handles, Duration.ZERO, List.of(), begun);
    }

    /** No newer handle of this member has come since. */
    boolean isOfNewestHandle(int member) {
        return versions[member] == members.get(member).version;
    }
}
