package io.fenceline.sqs;

import static io.fenceline.sqs.RawHttpServer.error;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/** Where keys come from, and what becomes of a call without. The build's environment has no credentials of anybody's. */
@Timeout(90)
class QueueCredentialsTest {

    private static final String STS = "aws.endpointUrlSts";
    private static final QueueCredentials.AccessKey KEY = new QueueCredentials.AccessKey("AKIABASE", "secret", null);

    private final AtomicInteger roles = new AtomicInteger();
    private RawHttpServer sqs;
    private RawHttpServer sts;

    @BeforeEach
    void start() throws IOException {
        sqs = new RawHttpServer(TinySqs.takes());
        sts = new RawHttpServer((request, socket) -> RawHttpServer.http(200, "text/xml", role(roles.incrementAndGet()))
                .to(request, socket));
        System.setProperty(STS, sts.uri().toString());
    }

    @AfterEach
    void stop() throws IOException {
        System.clearProperty(STS);
        System.clearProperty("aws.sharedCredentialsFile");
        sqs.close();
        sts.close();
    }

    @Test
    void aKeySignsAndItsSessionTokenGoesAlong() {
        try (QueueClient client = client(new QueueCredentials.AccessKey("ASIATEMP", "secret", "token"))) {
            send(client);
        }

        assertThat(signer(0)).isEqualTo("ASIATEMP");
        assertThat(sqs.requests().get(0).header("X-Amz-Security-Token")).isEqualTo("token");
        assertThat(sqs.requests().get(0).header("Authorization")).contains("/eu-central-1/sqs/aws4_request");
    }

    @Test
    void aProfileIsReadFromTheSharedFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("credentials"),
                "[fenceline]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = secret\n");
        System.setProperty("aws.sharedCredentialsFile", file.toString());

        try (QueueClient client = client(new QueueCredentials.NamedProfile("fenceline"))) {
            send(client);
        }

        assertThat(signer(0)).isEqualTo("AKIAPROFILE");
    }

    /** AWS's provider looks at the file at most once a second, by its own clock. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aKeyThatIsReplacedInTheSharedFileSignsSoonWithoutANewClient(boolean chain, @TempDir Path folder)
            throws IOException {
        Path file = folder.resolve("credentials");
        String profile = chain ? "default" : "fenceline";

        try (QueueClient client = clientOfSharedKey(file, profile, chain)) {
            send(client);
            assertThat(signer(0)).isEqualTo("AKIAOLD");

            writeKey(file, profile, "AKIANEW");
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(60)));
            int sent = 1;
            long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            do {
                assertThat(send(client)).isInstanceOf(SendOutcome.Answered.class);
            } while (!signer(sent++).equals("AKIANEW") && System.nanoTime() - limit < 0);
            assertThat(signer(sent - 1)).isEqualTo("AKIANEW");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRefusedKeyThatHasBeenReplacedInTheSharedFileIsReadAnewForTheNextCall(boolean chain, @TempDir Path folder)
            throws IOException {
        Path file = folder.resolve("credentials");
        String profile = chain ? "default" : "fenceline";

        try (QueueClient client = clientOfSharedKey(file, profile, chain)) {
            sqs.next(error(403, "InvalidClientTokenId"));
            assertThat(failed(send(client)).answer()).isEqualTo(QueueAnswer.DENIED);
            writeKey(file, profile, "AKIANEW");
            sqs.next(error(403, "InvalidClientTokenId"));
            send(client);
            assertThat(send(client)).isInstanceOf(SendOutcome.Answered.class);
        }

        assertThat(signer(0)).isEqualTo("AKIAOLD");
        assertThat(signer(2)).isEqualTo("AKIANEW");
    }

    /** Signs with {@code AKIAOLD}, which stands in the file. */
    private QueueClient clientOfSharedKey(Path file, String profile, boolean chain) throws IOException {
        writeKey(file, profile, "AKIAOLD");
        System.setProperty("aws.sharedCredentialsFile", file.toString());
        return client(chain ? new QueueCredentials.DefaultChain() : new QueueCredentials.NamedProfile(profile));
    }

    private static void writeKey(Path file, String profile, String id) throws IOException {
        Files.writeString(file, "[" + profile + "]\naws_access_key_id = " + id + "\naws_secret_access_key = secret\n");
    }

    @Test
    void aProfileThatIsNotThereIsNoPermissionAndNothingIsSent() {
        try (QueueClient client = client(new QueueCredentials.NamedProfile("nobody"))) {
            assertThat(failed(send(client)).answer()).isEqualTo(QueueAnswer.DENIED);
        }
        assertThat(sqs.requests()).isEmpty();
    }

    @Test
    void aChainThatFindsNothingIsNoPermissionAndNothingIsSent() {
        try (QueueClient client = client(new QueueCredentials.DefaultChain())) {
            SendOutcome.Failed failed = failed(send(client));
            assertThat(failed.answer()).isEqualTo(QueueAnswer.DENIED);
            assertThat(failed.message()).startsWith("no credentials: ");
        }
        assertThat(sqs.requests()).isEmpty();
    }

    @Test
    void aRoleIsTakenOnOnceForManyCalls() {
        try (QueueClient client =
                client(new QueueCredentials.AssumedRole("arn:aws:iam::1:role/r", "session", "external", KEY))) {
            send(client);
            send(client);
        }

        assertThat(signer(0)).isEqualTo("ASIAROLE1");
        assertThat(signer(1)).isEqualTo("ASIAROLE1");
        assertThat(sts.requests()).hasSize(1);
        assertThat(URLDecoder.decode(sts.requests().get(0).body(), StandardCharsets.UTF_8))
                .contains(
                        "Action=AssumeRole",
                        "RoleArn=arn:aws:iam::1:role/r",
                        "RoleSessionName=session",
                        "ExternalId=external");
        assertThat(sts.requests().get(0).header("Authorization")).contains("Credential=AKIABASE/");
    }

    @Test
    void refusedCredentialsOfARoleAreFetchedAnewForTheNextCall() {
        try (QueueClient client =
                client(new QueueCredentials.AssumedRole("arn:aws:iam::1:role/r", "session", null, KEY))) {
            sqs.next(error(403, "ExpiredToken"));

            assertThat(failed(send(client)).answer()).isEqualTo(QueueAnswer.DENIED);
            assertThat(send(client)).isInstanceOf(SendOutcome.Answered.class);
        }

        assertThat(signer(0)).isEqualTo("ASIAROLE1");
        assertThat(signer(1)).isEqualTo("ASIAROLE2");
        assertThat(sts.requests()).hasSize(2);
    }

    @Test
    void aRoleOnAProviderOfSomebodyElsesIsFetchedAnewAndTheProviderClosedAtTheEnd() {
        Closeable provider = new Closeable();
        try (QueueClient client = client(new QueueCredentials.AssumedRole(
                "arn:aws:iam::1:role/r", "session", null, new QueueCredentials.ProvidedBy(provider)))) {
            sqs.next(error(403, "ExpiredToken"));
            send(client);
            send(client);
            assertThat(provider.closed).isFalse();
        }

        assertThat(signer(1)).isEqualTo("ASIAROLE2");
        assertThat(sts.requests().get(1).header("Authorization")).contains("Credential=AKIAGIVEN/");
        assertThat(provider.closed).isTrue();
    }

    /** Its STS client is closed while it waits for an answer: that is no failure of the credentials. */
    @Test
    void aCallThatFetchesCredentialsWhileTheyAreRenewedTakesTheNewOnes() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        // expired when they come: each call asks again
        sts.next(RawHttpServer.http(200, "text/xml", role(1).replace("2099", "2000")), (request, socket) -> {
            asked.countDown();
            RawHttpServer.silence(gone).to(request, socket);
        });
        roles.set(1);
        CountDownLatch refuse = new CountDownLatch(1);
        try (QueueClient client =
                client(new QueueCredentials.AssumedRole("arn:aws:iam::1:role/r", "session", null, KEY))) {
            sqs.next((request, socket) -> {
                await(refuse);
                error(403, "ExpiredToken").to(request, socket);
            });
            CompletableFuture<SendOutcome> first = CompletableFuture.supplyAsync(() -> send(client));
            awaitRequest();
            CompletableFuture<SendOutcome> second = CompletableFuture.supplyAsync(() -> send(client));
            await(asked);
            refuse.countDown();

            assertThat(failed(first.join()).answer()).isEqualTo(QueueAnswer.DENIED);
            assertThat(second.join()).isInstanceOf(SendOutcome.Answered.class);
        }
        assertThat(signer(1)).isEqualTo("ASIAROLE2");
    }

    /** A late refusal of the first credentials says nothing of the second. */
    @Test
    void twoCallsRefusedWithTheSameCredentialsFetchOnce() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch renewed = new CountDownLatch(1);
        try (QueueClient client =
                client(new QueueCredentials.AssumedRole("arn:aws:iam::1:role/r", "session", null, KEY))) {
            sqs.next(
                    (request, socket) -> {
                        arrived.countDown();
                        await(renewed);
                        error(403, "ExpiredToken").to(request, socket);
                    },
                    error(403, "ExpiredToken"));
            CompletableFuture<SendOutcome> late = CompletableFuture.supplyAsync(() -> send(client));
            await(arrived);
            assertThat(failed(send(client)).answer()).isEqualTo(QueueAnswer.DENIED);
            assertThat(send(client)).isInstanceOf(SendOutcome.Answered.class);
            renewed.countDown();
            assertThat(failed(late.join()).answer()).isEqualTo(QueueAnswer.DENIED);

            assertThat(send(client)).isInstanceOf(SendOutcome.Answered.class);
        }

        assertThat(sts.requests()).hasSize(2);
        assertThat(signer(3)).isEqualTo("ASIAROLE2");
    }

    @Test
    void aRoleThatIsDeniedIsNoPermissionAndNothingIsSent() {
        sts.next(RawHttpServer.http(
                403,
                "text/xml",
                "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not this role</Message></Error>"
                        + "<RequestId>17</RequestId></ErrorResponse>"));
        try (QueueClient client =
                client(new QueueCredentials.AssumedRole("arn:aws:iam::1:role/r", "session", null, KEY))) {
            SendOutcome.Failed failed = failed(send(client));
            assertThat(failed.answer()).isEqualTo(QueueAnswer.DENIED);
            assertThat(failed.code()).isEqualTo("AccessDenied");
            assertThat(failed.message()).contains("not this role");
        }
        assertThat(sqs.requests()).isEmpty();
    }

    @Test
    void aRoleThatCannotBeAskedForIsNotADenial() {
        System.setProperty(STS, "http://127.0.0.1:1");
        try (QueueClient client =
                client(new QueueCredentials.AssumedRole("arn:aws:iam::1:role/r", "session", null, KEY))) {
            assertThat(failed(send(client)).answer()).isEqualTo(QueueAnswer.UNREACHABLE);
        }
        assertThat(sqs.requests()).isEmpty();
    }

    @Test
    void aProviderOfSomebodyElsesSignsAndIsClosedWithTheClient() {
        Closeable provider = new Closeable();
        try (QueueClient client = client(new QueueCredentials.ProvidedBy(provider))) {
            send(client);
            sqs.next(error(403, "ExpiredToken"));
            send(client);
            assertThat(provider.closed).isFalse();
        }

        assertThat(signer(0)).isEqualTo("AKIAGIVEN");
        assertThat(provider.closed).isTrue();
    }

    @Test
    void aProviderThatThrowsIsNoPermission() {
        AwsCredentialsProvider broken = () -> {
            throw new IllegalStateException("vault is sealed");
        };
        try (QueueClient client = client(new QueueCredentials.ProvidedBy(broken))) {
            SendOutcome.Failed failed = failed(send(client));
            assertThat(failed.answer()).isEqualTo(QueueAnswer.DENIED);
            assertThat(failed.message()).contains("vault is sealed");
        }
        assertThat(sqs.requests()).isEmpty();
    }

    @Test
    void aClassBecomesAProviderByItsFactoryOrItsConstructor() {
        assertThat(QueueCredentials.newProvider(Closeable.class)).isInstanceOf(Closeable.class);
        assertThat(QueueCredentials.newProvider(Factory.class)).isInstanceOf(Factory.class);
        assertThatThrownBy(() -> QueueCredentials.newProvider(String.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.String is not an ");
        assertThatThrownBy(() -> QueueCredentials.newProvider(Hidden.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no public constructor");
        assertThatThrownBy(() -> new QueueCredentials.ProvidedBy("key"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.String is not an ");
    }

    @Test
    void secretsAreInNoText() {
        assertThat(new QueueCredentials.AssumedRole(
                                "arn", "session", null, new QueueCredentials.AccessKey("id", "hush", "mum"))
                        .toString())
                .contains("id")
                .doesNotContain("hush", "mum");
    }

    @Test
    void aRoleOnARoleIsRefused() {
        var role = new QueueCredentials.AssumedRole("arn", "session", null, KEY);
        assertThatThrownBy(() -> new QueueCredentials.AssumedRole("arn", "session", null, role))
                .isInstanceOf(IllegalArgumentException.class);
    }

    // ------------------------------------------------------------ help

    /** A provider as users write them. */
    public static final class Closeable implements AwsCredentialsProvider, AutoCloseable {

        private boolean closed;

        @Override
        public AwsCredentials resolveCredentials() {
            return AwsBasicCredentials.create("AKIAGIVEN", "secret");
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** A provider as AWS writes them. */
    public static final class Factory implements AwsCredentialsProvider {

        private Factory() {}

        public static Factory create() {
            return new Factory();
        }

        @Override
        public AwsCredentials resolveCredentials() {
            return AwsBasicCredentials.create("AKIAFACTORY", "secret");
        }
    }

    /** A provider that nobody can make. */
    public static final class Hidden implements AwsCredentialsProvider {

        private Hidden() {}

        @Override
        public AwsCredentials resolveCredentials() {
            throw new AssertionError();
        }
    }

    private QueueClient client(QueueCredentials credentials) {
        return new QueueClient(
                QueueClientConfig.forEndpoint(sqs.uri())
                        .withRegion("eu-central-1")
                        .withCredentials(credentials)
                        .withTimeouts(Duration.ofSeconds(20), Duration.ofSeconds(20)),
                System::nanoTime);
    }

    private SendOutcome send(QueueClient client) {
        return client.send(
                QueueUrl.parse(sqs.uri() + "/000000000000/orders"),
                List.of(new OutgoingMessage("body", List.of(), null, null, 4)),
                () -> true);
    }

    private static SendOutcome.Failed failed(SendOutcome outcome) {
        assertThat(outcome).isInstanceOf(SendOutcome.Failed.class);
        return (SendOutcome.Failed) outcome;
    }

    private String signer(int request) {
        String authorization = sqs.requests().get(request).header("Authorization");
        int start = authorization.indexOf("Credential=") + "Credential=".length();
        return authorization.substring(start, authorization.indexOf('/', start));
    }

    private void awaitRequest() {
        try {
            while (sqs.requests().isEmpty()) {
                java.util.concurrent.TimeUnit.MILLISECONDS.sleep(1);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String role(int number) {
        return "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>"
                + "<AccessKeyId>ASIAROLE" + number + "</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
                + "<SessionToken>token" + number + "</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
                + "</Credentials></AssumeRoleResult></AssumeRoleResponse>";
    }
}
