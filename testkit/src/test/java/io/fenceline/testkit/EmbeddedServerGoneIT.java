package io.fenceline.testkit;

/** The embedded server goes away as the real one does. */
class EmbeddedServerGoneIT extends ServerGoneContract {

    EmbeddedServerGoneIT() {
        super(new S2Location.Embedded());
    }
}
