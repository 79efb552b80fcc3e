package io.fenceline.connect.sink.queue;

/** What a start does with records that an earlier task may have sent longer ago than SQS remembers. */
public enum InDoubtOnRestart {
    /** Sends them again, with one warning that names them. */
    RESEND,
    /** Stops before any of them is sent. */
    FAIL
}
