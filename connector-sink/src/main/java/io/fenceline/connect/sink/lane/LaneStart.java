package io.fenceline.connect.sink.lane;

import org.jspecify.annotations.Nullable;

/**
 * Decides where a lane goes on. A sink task cannot ask for the consumer's position; the first record handed over after
 * {@code open} shows it. Pure; belongs to the task thread.
 *
 * <pre>
 *   UNDECIDED ── r = W+1, r > W+1, or nothing known ─────────────────────────────► DECIDED
 *       │  r ≤ W (or r > W+1 and the consumer's reset may have jumped,
 *       │  or r = W+1 and the position may be from before the topic was made again): seek to W
 *       ▼
 *   AWAITING_WATERMARK ── W is back, same timestamp: drop it; or first record above W ► DECIDED
 *       │  the reset jumped past r again: seek to r
 *       ▼
 *   AWAITING_RETURN ── r or above ───────────────────────────────────────────────► DECIDED
 * </pre>
 */
final class LaneStart {

    private enum Phase {
        UNDECIDED,
        AWAITING_WATERMARK,
        AWAITING_RETURN,
        DECIDED
    }

    /** What to do with a record. A value. */
    sealed interface Judgement {
        Judgement ACCEPT = new Accept(-1);
        Judgement DROP = new Drop();

        <R> void tell(Cases<R> cases, R record);

        /** Write it; {@code skippedFrom} is the first offset passed over on purpose, -1 if none. */
        record Accept(long skippedFrom) implements Judgement {
            @Override
            public <R> void tell(Cases<R> cases, R record) {
                cases.accept(record, skippedFrom);
            }
        }

        /** It is in the target already. */
        record Drop() implements Judgement {
            @Override
            public <R> void tell(Cases<R> cases, R record) {
                cases.drop(record);
            }
        }

        /** Drop everything the lane holds and move the consumer to {@code offset}. */
        record Seek(long offset) implements Judgement {
            @Override
            public <R> void tell(Cases<R> cases, R record) {
                cases.seek(record, offset);
            }
        }

        /**
         * The topic contradicts the target.
         *
         * @param onlySeenHere another task, which does not know what was handed over to this one, would go on
         */
        record Contradiction(String seen, boolean onlySeenHere) implements Judgement {
            @Override
            public <R> void tell(Cases<R> cases, R record) {
                cases.contradict(record, seen, onlySeenHere);
            }
        }
    }

    /** One method for each judgement. */
    interface Cases<R> {

        void accept(R record, long skippedFrom);

        void drop(R record);

        void seek(R record, long offset);

        void contradict(R record, String seen, boolean onlySeenHere);
    }

    private final @Nullable Long watermark;
    private final Anchor anchor;
    private final boolean resetMayJump;
    private final boolean positionMayBeStale;
    private final String noun;

    private Phase phase;
    /** First record shown before a seek to the watermark. */
    private long shown = -1;
    /** Last offset handed over since the start or the last seek, -1 if none. */
    private long last = -1;

    private boolean sawRecord;
    /** The consumer stands where the last seek asked it to, or behind that. */
    private boolean seekApplied;
    /** Where the consumer was moved back to with everything before it kept, -1 if it never was. */
    private long goesOnAt = -1;

    private LaneStart(
            @Nullable Long watermark,
            Anchor anchor,
            boolean resetMayJump,
            boolean positionMayBeStale,
            String noun,
            Phase phase) {
        this.watermark = watermark;
        this.anchor = anchor;
        this.resetMayJump = resetMayJump;
        this.positionMayBeStale = positionMayBeStale;
        this.noun = noun;
        this.phase = phase;
    }

    /**
     * A start to be decided at the first record.
     *
     * @param positionMayBeStale the consumer may have committed its position into a topic that was made again meanwhile
     * @param noun               see {@link LaneTarget#noun}
     */
    static LaneStart undecided(
            @Nullable Long watermark, Anchor anchor, boolean resetMayJump, boolean positionMayBeStale, String noun) {
        return new LaneStart(watermark, anchor, resetMayJump, positionMayBeStale, noun, Phase.UNDECIDED);
    }

    /** Whatever comes is written: at-least-once delivery knows no watermark. */
    static LaneStart anywhere() {
        return new LaneStart(null, Anchor.UNKNOWN, false, false, "target", Phase.DECIDED);
    }

    /**
     * After a re-claim that dropped records from {@code dropped} on: where to move the consumer, the watermark if it is
     * not below the first record dropped.
     */
    long seekAfterDropping(long dropped) {
        if (watermark != null && watermark >= dropped) {
            phase = Phase.AWAITING_WATERMARK;
            seekApplied = false;
            shown = dropped;
            return watermark;
        }
        return dropped;
    }

    /**
     * Whether the offset Connect gives may be committed as it is, with no record of ours unsettled. Before the start is
     * decided it may, if it is above the watermark and nothing was handed over: what lies between was filtered.
     */
    boolean mayCommit(long given) {
        return switch (phase) {
            case DECIDED -> true;
            case UNDECIDED -> !sawRecord && !mayHaveJumpedTo(given) && (watermark == null || given > watermark);
            // Behind a jump the consumer may have passed over records that were never handed over.
            case AWAITING_WATERMARK ->
                seekApplied && last < 0 && !resetMayJump && watermark != null && given > watermark;
            case AWAITING_RETURN -> false;
        };
    }

    /**
     * Looks at the offset Connect would commit, which shows the consumer's position before any record does.
     *
     * @return where to move the consumer because its reset may have jumped to {@code given}, -1 if it need not be moved
     */
    long lookBackFrom(long given) {
        if (phase != Phase.UNDECIDED || sawRecord || watermark == null || !mayHaveJumpedTo(given)) {
            return -1;
        }
        phase = Phase.AWAITING_WATERMARK;
        seekApplied = false;
        shown = given;
        return watermark;
    }

    /**
     * While a start is looked for by a seek to the watermark: an offset below which nothing is unsettled, whatever comes
     * back; -1 before a record or an offset was shown. The first offset shown was the consumer's position, so nothing
     * below it is wanted; behind a jump, or in a topic that was made again, only the watermark itself is no later than
     * what has to be looked at again.
     */
    long settledBelow() {
        return shown < 0 || watermark == null ? -1 : Math.min(shown, watermark);
    }

    private boolean mayHaveJumpedTo(long position) {
        return resetMayJump && watermark != null && position > watermark + 1;
    }

    /** The consumer was moved by us: offsets start anew. */
    void onSeekApplied() {
        seekApplied = true;
        last = -1;
    }

    /** The consumer is moved back to {@code offset}, and everything accepted before it is kept. */
    void handOverAgain(long offset) {
        goesOnAt = offset;
    }

    /** Judges the next record of the lane. */
    Judgement judge(long offset, @Nullable Long timestamp) {
        sawRecord = true;
        if (offset <= last) {
            return new Judgement.Contradiction(
                    "offset " + offset + " was handed over after offset " + last
                            + " although nothing moved the consumer",
                    true);
        }
        if (offset < goesOnAt) {
            return new Judgement.Contradiction(
                    "offset " + offset + " came back after a seek to offset " + goesOnAt, true);
        }
        Judgement judgement =
                switch (phase) {
                    case DECIDED -> Judgement.ACCEPT;
                    case UNDECIDED -> first(offset);
                    case AWAITING_WATERMARK -> afterSeek(offset, timestamp);
                    case AWAITING_RETURN ->
                        offset >= shown
                                ? decide(new Judgement.Accept(-1))
                                : new Judgement.Contradiction(
                                        "offset " + offset + " came back after a seek to offset " + shown, true);
                };
        boolean moves = judgement instanceof Judgement.Seek;
        seekApplied = seekApplied && !moves;
        last = moves ? -1 : offset;
        return judgement;
    }

    private Judgement first(long offset) {
        if (watermark == null) {
            return decide(Judgement.ACCEPT);
        }
        if (offset == watermark + 1 && !positionMayBeStale) {
            return decide(Judgement.ACCEPT);
        }
        if (offset > watermark + 1 && !resetMayJump) {
            return decide(new Judgement.Accept(watermark + 1));
        }
        phase = Phase.AWAITING_WATERMARK;
        shown = offset;
        return new Judgement.Seek(watermark);
    }

    private Judgement afterSeek(long offset, @Nullable Long timestamp) {
        long expected = watermark == null ? -1 : watermark;
        if (offset < expected) {
            return new Judgement.Contradiction(
                    "offset " + offset + " came back after a seek to offset " + expected + ", the last one in the "
                            + noun + ": the topic ends below it",
                    false);
        }
        if (offset == expected) {
            return anchor.matches(timestamp)
                    ? decide(Judgement.DROP)
                    : new Judgement.Contradiction(
                            "the record at offset " + offset + " has timestamp " + timestamp + ", but the " + noun
                                    + " holds another record under this offset",
                            false);
        }
        if (shown > expected && offset > shown) {
            // The watermark is out of the topic's range and the consumer's reset jumped past the record first shown.
            phase = Phase.AWAITING_RETURN;
            return new Judgement.Seek(shown);
        }
        return decide(new Judgement.Accept(expected + 1));
    }

    private Judgement decide(Judgement judgement) {
        phase = Phase.DECIDED;
        return judgement;
    }
}
