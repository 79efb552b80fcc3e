package io.fenceline.connect;

/** Why a task stopped for good. The name is part of the message, the metrics and the operations guide: never rename one. */
public enum TerminalCode {
    /** Another writer owns the stream and taking it back was not allowed any more. */
    FENCED,
    /** A record that is not ours stands where only ours may stand. */
    FOREIGN_WRITER,
    /** The stream was re-created, truncated or lost. */
    STREAM_RESET,
    /** Records were trimmed before the source read them. */
    STREAM_GAP,
    /** The stream does not say any more which Kafka offset it ends at. */
    WATERMARK_UNKNOWN,
    /** The Kafka topic was re-created or truncated, or is another one. */
    TOPIC_RECREATED,
    /** One record id with two contents. */
    ID_CONFLICT,
    /** What became of an SQS send can no longer be learned, above all because the deduplication window is about to end. */
    DEDUP_WINDOW_EXPIRED,
    /** A record is larger than the target takes. */
    RECORD_TOO_LARGE,
    /** A record cannot be written in the target's form. */
    UNMAPPABLE_RECORD,
    /** The target refused the credentials. */
    AUTH,
    /** The target's account has used up its quota. */
    QUOTA_EXHAUSTED,
    /** The basin, stream or queue does not exist or is being deleted. */
    TARGET_MISSING,
    /** The target repeatedly answered what its protocol does not allow. */
    PROTOCOL,
    /** No progress for {@code retry.timeout.ms}. */
    RETRIES_EXHAUSTED,
    /** The configuration cannot be worked with as the worker handed it over. */
    CONFIG,
    /** Messages could not be deleted until no more could be held. */
    LEDGER_STUCK,
    /** A record was dropped between the source and Kafka. */
    UNCONFIRMED_RECORD
}
