package io.fenceline.connect.source.sqs;

import io.fenceline.connect.DecimalDigits;
import io.fenceline.connect.source.queue.RecoveredLedger;
import io.fenceline.connect.source.queue.Slot;
import io.fenceline.connect.sqs.QueueSourceStops;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of one queue as Connect stores it: under <code>{"slot": "account/queue#area.number"}</code> the message of a
 * slot, <code>{"id": "MessageId", "start": k}</code>. One key on purpose: Connect finds offsets by the bytes of the JSON, and
 * the order of several keys is not dependable. Any thread.
 */
public final class SlotOffsets {

    private static final String SLOT = "slot";
    private static final String ID = "id";
    private static final String START = "start";

    /** For messages. */
    static final String PARTITION_FORM =
            "{\"slot\":\"<account>/<queue>#<area 0-" + (Slot.AREAS - 1) + ">.<number 0-" + (Slot.MOST - 1) + ">\"}";

    /** For messages. */
    static final String OFFSET_FORM = "{\"id\":\"<MessageId>\",\"start\":<1 to 2^63-1>}";

    /** What to store in a slot instead of nothing, where Connect cannot remove what is stored: an id that no message has. */
    static final Map<String, Object> NOBODYS = nobodys();

    /** @param queue account and name, as {@link io.fenceline.sqs.QueueUrl#identity} has them */
    record Place(String queue, Slot slot) {}

    private record Entry(String id, long start) {}

    private final String queue;

    /** @param queue account and name, as {@link io.fenceline.sqs.QueueUrl#identity} has them */
    public SlotOffsets(String queue) {
        this.queue = queue;
    }

    /** What Connect stores a slot's message under. */
    public Map<String, String> partition(Slot slot) {
        return Map.of(SLOT, name(slot.area(), slot.number()));
    }

    private String name(int area, int number) {
        return queue + '#' + area + '.' + number;
    }

    private static Map<String, Object> nobodys() {
        Map<String, Object> offset = new LinkedHashMap<>();
        offset.put(ID, "none");
        offset.put(START, 1);
        return Collections.unmodifiableMap(offset);
    }

    /** @param start of the task, from 1 */
    public static Map<String, Object> offset(String messageId, Long start) {
        return Map.of(ID, messageId, START, start);
    }

    /** All slots a queue can have, whatever a configuration allows today: 40,000. */
    public List<Map<String, String>> all() {
        List<Map<String, String>> slots = new ArrayList<>(Slot.AREAS * Slot.MOST);
        for (int area = 0; area < Slot.AREAS; area++) {
            for (int number = 0; number < Slot.MOST; number++) {
                slots.add(Map.of(SLOT, name(area, number)));
            }
        }
        return slots;
    }

    /**
     * What is known of the messages in a queue.
     *
     * @param stored what Connect has of {@link #all} slots: null, or nothing, for those that were never used
     * @throws io.fenceline.connect.TerminalException {@code WATERMARK_UNKNOWN} if one of them cannot be read, naming it
     */
    public static RecoveredLedger recover(
            Map<Map<String, String>, ? extends @Nullable Map<String, ?>> stored, QueueSourceStops stops) {
        Set<String> ids = new HashSet<>();
        long lastStart = 0;
        for (var slot : stored.entrySet()) {
            Map<String, ?> offset = slot.getValue();
            if (offset == null) {
                continue;
            }
            Entry entry;
            try {
                entry = decode(offset);
            } catch (ConnectException e) {
                throw stops.unreadable(slot.getKey(), NOBODYS, String.valueOf(e.getMessage()));
            }
            ids.add(entry.id);
            lastStart = Math.max(lastStart, entry.start);
        }
        return ids.isEmpty() ? RecoveredLedger.EMPTY : new RecoveredLedger(ids, lastStart);
    }

    /** Account and name of the queue a record of ours is from; null if it is none of ours. */
    static @Nullable String queueOf(Map<String, ?> partition) {
        if (!(partition.get(SLOT) instanceof String name)) {
            return null;
        }
        int hash = name.lastIndexOf('#');
        return hash < 0 ? null : name.substring(0, hash);
    }

    /** The message a record of ours was made of; null if it is none of ours. */
    static @Nullable String messageOf(Map<String, ?> offset) {
        return offset.get(ID) instanceof String id ? id : null;
    }

    /** @throws ConnectException that shows the form, for anything else */
    static Place place(Map<String, ?> partition) {
        if (partition.size() != 1 || !(partition.get(SLOT) instanceof String name)) {
            throw refusedPartition(partition);
        }
        int hash = name.lastIndexOf('#');
        int dot = name.indexOf('.', hash + 1);
        if (hash <= 0 || dot < 0) {
            throw refusedPartition(partition);
        }
        long area = DecimalDigits.read(name, hash + 1, dot);
        long number = DecimalDigits.read(name, dot + 1, name.length());
        if (area < 0 || area >= Slot.AREAS || number < 0 || number >= Slot.MOST) {
            throw refusedPartition(partition);
        }
        return new Place(name.substring(0, hash), new Slot((int) area, (int) number));
    }

    /** @throws ConnectException that shows the form, if that is not what a slot holds; numbers may come as any JSON integer */
    static void check(Map<String, ?> offset) {
        decode(offset);
    }

    private static Entry decode(Map<String, ?> offset) {
        if (!offset.keySet().equals(Set.of(ID, START))) {
            throw refusedOffset(offset, "it has other keys");
        }
        if (!(offset.get(ID) instanceof String id) || id.isBlank()) {
            throw refusedOffset(offset, "id is not the id of a message");
        }
        Object start = offset.get(START);
        if (!(start instanceof Integer || start instanceof Long) || ((Number) start).longValue() < 1) {
            throw refusedOffset(offset, "start is not such a number");
        }
        return new Entry(id, ((Number) start).longValue());
    }

    private static ConnectException refusedPartition(Map<String, ?> partition) {
        return new ConnectException("Source partition " + partition + " is not of the form " + PARTITION_FORM);
    }

    private static ConnectException refusedOffset(Map<String, ?> offset, String problem) {
        return new ConnectException(
                "Source offset " + offset + " is not usable: " + problem + "; expected " + OFFSET_FORM);
    }
}
