package io.fenceline.testkit.s2;

import java.nio.ByteBuffer;

/** What is done with a request's body, and behind it. Called with the server's lock held. */
interface Call {

    void body(ByteBuffer bytes);

    /** The request is complete. */
    void end();

    /** The client is gone, or everything is answered. */
    default void release() {}

    /** For calls that are answered already: what still comes is not looked at. */
    Call IGNORE = new Call() {
        @Override
        public void body(ByteBuffer bytes) {
            bytes.position(bytes.limit());
        }

        @Override
        public void end() {}
    };
}
