package io.fenceline.sqsruntime;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Props;
import org.elasticmq.StrictSQSLimits$;
import org.elasticmq.actor.QueueManagerActor;
import org.elasticmq.msg.DeduplicationIdsCleanup$;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import scala.Option;

/**
 * ElasticMQ on loopback, in memory, until the process ends. Arguments: the port of SQS's interface and that of the controls.
 *
 * <p>Controls, over HTTP: {@code GET /ready} is 200 when the server answers; {@code POST /clock?ahead=MILLIS} moves its clock and is
 * 200 when the queues go by the new time.
 */
public final class ElasticMqMain {

    private ElasticMqMain() {}

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[0]);
        int controlPort = Integer.parseInt(args[1]);
        MovedClock clock = new MovedClock();
        ActorSystem system = ActorSystem.create("elasticmq");
        ActorRef queues =
                system.actorOf(Props.create(QueueManagerActor.class, clock, StrictSQSLimits$.MODULE$, Option.empty()));
        SQSRestServerBuilder.withActorSystem(system)
                .withQueueManagerActor(queues)
                .withInterface("127.0.0.1")
                .withPort(port)
                .start()
                .waitUntilStarted();
        HttpServer controls =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), controlPort), 0);
        controls.createContext("/ready", exchange -> answer(exchange, 200));
        controls.createContext("/clock", exchange -> {
            clock.moveAhead(Duration.ofMillis(
                    Long.parseLong(exchange.getRequestURI().getQuery().replace("ahead=", ""))));
            forgetOutdatedIds(system, queues);
            answer(exchange, 200);
        });
        controls.start();
    }

    /** What each queue does once a second; in their mailboxes when this returns, before any request that comes later. */
    private static void forgetOutdatedIds(ActorSystem system, ActorRef queues) {
        system.actorSelection(queues.path().child("*")).tell(DeduplicationIdsCleanup$.MODULE$, ActorRef.noSender());
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }
}
