package io.fenceline.connect.config;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.http.ProxyException;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.ServerError;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Tries the connection of a configuration and says which key is to blame. Blocks the caller for at most five seconds. */
public final class S2ConnectionCheck {

    private static final Duration LIMIT = Duration.ofSeconds(5);
    /** Shorter than the limit, so that a timeout is told with its reason. */
    private static final Duration CALL_LIMIT = Duration.ofMillis(4500);

    private static final List<Key<?>> ASKED_WITH = List.of(
            S2ConnectionConfig.BASIN,
            S2ConnectionConfig.ACCESS_TOKEN,
            S2ConnectionConfig.ACCESS_TOKEN_FILE,
            S2ConnectionConfig.ACCOUNT_ENDPOINT,
            S2ConnectionConfig.BASIN_ENDPOINT,
            S2ConnectionConfig.ENCRYPTION_KEY,
            S2ConnectionConfig.PROXY_URL,
            S2ConnectionConfig.PROXY_USER,
            S2ConnectionConfig.PROXY_PASSWORD,
            S2ConnectionConfig.TRUSTSTORE_LOCATION,
            S2ConnectionConfig.TRUSTSTORE_PASSWORD,
            S2ConnectionConfig.TRUSTSTORE_TYPE);

    private S2ConnectionCheck() {}

    /** False where a placeholder of a configuration provider is still in place: managed clouds validate such values. */
    public static boolean isPossible(Map<String, String> given) {
        return ASKED_WITH.stream().noneMatch(key -> Validators.isUnresolved(given.get(key.name())));
    }

    /** Lists one stream of the basin. */
    public static void run(S2ConnectionConfig connection, ConfigProblems problems) {
        ask(connection, problems, client -> client.ping().thenApply(nothing -> true));
    }

    /** What {@code question} finds out within the limit; empty if there was no answer, and then the reason is reported. */
    public static <T> Optional<T> ask(
            S2ConnectionConfig connection, ConfigProblems problems, Function<S2Client, CompletableFuture<T>> question) {
        if (!connection.checkFiles(problems)) {
            return Optional.empty();
        }
        try (S2Client client =
                connection.newClient(shorter(connection.connectTimeout()), shorter(connection.requestTimeout()))) {
            return Optional.of(question.apply(client).get(LIMIT.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException e) {
            report(e.getCause(), connection, problems);
        } catch (TimeoutException e) {
            problems.add(
                    S2ConnectionConfig.BASIN_ENDPOINT,
                    "S2 did not answer at " + connection.basinEndpoint() + " within " + LIMIT.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            problems.add(S2ConnectionConfig.BASIN_ENDPOINT, "The check of the connection was interrupted");
        }
        return Optional.empty();
    }

    static void report(@Nullable Throwable failure, S2ConnectionConfig connection, ConfigProblems problems) {
        if (failure instanceof S2Exception e && e.serverError() != null) {
            reportAnswer(e.serverError(), connection, problems);
        } else if (failure instanceof S2Exception e && e.failure() != null) {
            reportFailure(e.failure(), connection, problems);
        } else {
            problems.add(
                    S2ConnectionConfig.BASIN_ENDPOINT,
                    "The connection to " + connection.basinEndpoint() + " could not be checked: " + failure);
        }
    }

    private static void reportAnswer(ServerError error, S2ConnectionConfig connection, ConfigProblems problems) {
        String answer = error.brief();
        Blame blame =
                switch (error.answer()) {
                    case ACCESS_TOKEN_UNKNOWN ->
                        new Blame(connection.tokenKey(), "S2 does not know the access token (" + answer + ")");
                    case UNAUTHENTICATED ->
                        new Blame(connection.tokenKey(), "S2 does not accept the access token (" + answer + ")");
                    case CREDENTIALS_REPLACED ->
                        new Blame(
                                connection.tokenKey(),
                                "The access token was replaced while S2 was asked (" + answer + "); validate again");
                    case FORBIDDEN ->
                        new Blame(
                                connection.tokenKey(),
                                error.isOfQuota()
                                        ? "The account of the access token has used up its quota (" + answer + ": "
                                                + error.message()
                                                + "); raise it, or wait until there is some again"
                                        : "The access token may not list the streams of basin '" + connection.basin()
                                                + "' (" + answer
                                                + "); if it is restricted on purpose set validate.connection to false");
                    case BASIN_MISSING ->
                        new Blame(
                                S2ConnectionConfig.BASIN,
                                "The basin '" + connection.basin() + "' does not exist at "
                                        + connection.basinEndpoint() + " (" + answer
                                        + "); name one that exists there, or make it with: s2 create-basin "
                                        + connection.basin());
                    case BASIN_BEING_DELETED ->
                        new Blame(
                                S2ConnectionConfig.BASIN,
                                "The basin '" + connection.basin() + "' is being deleted (" + answer
                                        + "); name another one, or wait until it is gone and make it again");
                    case STREAM_BEING_DELETED, ALREADY_EXISTS, CONFLICT ->
                        new Blame(
                                S2ConnectionConfig.BASIN,
                                "The streams of basin '" + connection.basin() + "' cannot be listed now (" + answer
                                        + ": " + error.message() + ")");
                    case STREAM_MISSING, NOT_FOUND ->
                        new Blame(
                                S2ConnectionConfig.BASIN_ENDPOINT,
                                connection.basinEndpoint() + " answered " + answer
                                        + ", so it does not seem to be an S2 endpoint");
                    case TOKEN_MISMATCH,
                            POSITION_MISMATCH,
                            OUT_OF_RANGE,
                            KEY_REFUSED,
                            REQUEST_REFUSED,
                            CONTENT_REFUSED,
                            BUSY,
                            DRAINING,
                            UNAVAILABLE,
                            STRANGE ->
                        new Blame(
                                S2ConnectionConfig.BASIN_ENDPOINT,
                                connection.basinEndpoint() + " answered " + answer + ": " + error.message());
                };
        problems.add(blame.key(), blame.message());
    }

    /** The key whose value has to change, and why. */
    private record Blame(Key<?> key, String message) {}

    private static void reportFailure(
            TransportFailure failure, S2ConnectionConfig connection, ConfigProblems problems) {
        Key<?> key = S2ConnectionConfig.BASIN_ENDPOINT;
        if (failure.cause() instanceof ProxyException proxy) {
            problems.add(
                    proxy.isOfCredentials() ? S2ConnectionConfig.PROXY_USER : S2ConnectionConfig.PROXY_URL,
                    "No way to " + connection.basinEndpoint() + ": " + failure.message());
        } else if (isTls(failure, connection)) {
            problems.add(
                    key,
                    "No secure connection to " + connection.basinEndpoint() + ": TLS failed (" + failure.message()
                            + "); check the scheme, the server's certificate and the worker's trust store");
        } else if (failure.kind() == TransportFailure.Kind.NOT_CONNECTED) {
            problems.add(key, "No connection to " + connection.basinEndpoint() + ": " + failure.message());
        } else {
            problems.add(
                    key, connection.basinEndpoint() + " did not answer as S2 does over HTTP/2: " + failure.message());
        }
    }

    /** A server that does not speak TLS at all often just resets the connection. */
    private static boolean isTls(TransportFailure failure, S2ConnectionConfig connection) {
        boolean cutOff = false;
        for (Throwable t = failure.cause(); t != null; t = t.getCause()) {
            if (t instanceof SSLException) {
                return true;
            }
            cutOff |= t.getClass() == SocketException.class;
        }
        return cutOff
                && failure.kind() == TransportFailure.Kind.NOT_CONNECTED
                && EndpointRule.scheme(connection.basinEndpoint()).equals("https");
    }

    private static Duration shorter(Duration timeout) {
        return timeout.compareTo(CALL_LIMIT) < 0 ? timeout : CALL_LIMIT;
    }
}
