package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ConnectionPoolTest {

    /** One quiet stream cost 0.2 % of a core: every I/O thread looked ten times a second. */
    @Test
    void threadsThatWaitLookForTimeoutsAboutOnceASecondUnlessAShortOneAsksForMore() {
        assertThat(ConnectionPool.lookMillis(Duration.ofSeconds(3))).isEqualTo(600);
        assertThat(ConnectionPool.lookMillis(Duration.ofMinutes(1))).isEqualTo(1_000);
        assertThat(ConnectionPool.lookMillis(Duration.ofMillis(600))).isEqualTo(120);
        assertThat(ConnectionPool.lookMillis(Duration.ofMillis(1))).isEqualTo(50);
    }

    @Test
    void idleConnectionThatThePeerClosesTakesNoMemoryAnyMore() throws Exception {
        try (RawHttp2Peer peer = new RawHttp2Peer();
                ConnectionPool pool = new ConnectionPool(peer.origin(), Duration.ofSeconds(5), 1, Runnable::run)) {
            ReferenceQueue<Connection> garbage = new ReferenceQueue<>();
            Reference<Connection> idle = new WeakReference<>(givenBack(pool), garbage);

            peer.nextClient().close();

            for (int i = 0; i < 200 && !idle.refersTo(null); i++) {
                System.gc();
                garbage.remove(50);
            }
            assertThat(idle.get()).isNull();
        }
    }

    private static Connection givenBack(ConnectionPool pool) {
        CompletableFuture<Connection> borrowed = new CompletableFuture<>();
        pool.borrow(new ConnectionPool.Borrower() {
            @Override
            public void connected(Connection connection) {
                pool.done(this);
                borrowed.complete(connection);
            }

            @Override
            public void failed(Exception cause) {
                borrowed.completeExceptionally(cause);
            }
        });
        Connection connection = borrowed.join();
        pool.giveBack(connection);
        return connection;
    }
}
