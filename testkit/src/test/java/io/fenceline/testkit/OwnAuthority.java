package io.fenceline.testkit;

import io.fenceline.s2.http.TrustStore;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A certificate authority that the JDK's keytool makes, and the certificate of a server on localhost that it has signed. */
final class OwnAuthority {

    private static final String PASSWORD = "password-of-the-store";

    private final Path folder;

    private OwnAuthority(Path folder) {
        this.folder = folder;
    }

    static OwnAuthority in(Path folder) throws Exception {
        OwnAuthority authority = new OwnAuthority(folder);
        authority.keytool(
                "-genkeypair", "-alias", "ca", "-dname", "CN=Own authority", "-ext", "bc:c", "-keyalg", "RSA");
        authority.keytool("-genkeypair", "-alias", "server", "-dname", "CN=localhost", "-keyalg", "RSA");
        authority.keytool("-certreq", "-alias", "server", "-file", authority.path("server.csr"));
        authority.keytool(
                "-gencert",
                "-alias",
                "ca",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-rfc",
                "-infile",
                authority.path("server.csr"),
                "-outfile",
                authority.path("server.pem"));
        authority.keytool("-exportcert", "-alias", "ca", "-rfc", "-file", authority.path("ca.pem"));
        authority.writeKeyOfServer();
        for (String type : List.of("PKCS12", "JKS")) {
            authority.run(
                    "-importcert",
                    "-noprompt",
                    "-alias",
                    "ca",
                    "-file",
                    authority.path("ca.pem"),
                    "-storetype",
                    type,
                    "-keystore",
                    authority.path("trust." + type),
                    "-storepass",
                    PASSWORD);
        }
        return authority;
    }

    /** For the server's command line. */
    List<String> serverOptions() {
        return List.of("--tls-cert", path("server.pem"), "--tls-key", path("server.key"));
    }

    /** The authority's certificate in every form that a trust store can have. */
    List<TrustStore> trustStores() {
        return List.of(
                new TrustStore(path("trust.PKCS12"), "PKCS12", PASSWORD),
                new TrustStore(path("trust.JKS"), "JKS", PASSWORD),
                new TrustStore(path("trust.JKS"), "JKS", null),
                new TrustStore(path("trust.PKCS12"), "JKS", PASSWORD),
                new TrustStore(path("ca.pem"), "PEM", null));
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private void writeKeyOfServer() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve("keys"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        Key key = store.getKey("server", PASSWORD.toCharArray());
        Files.writeString(
                folder.resolve("server.key"),
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                                .encodeToString(key.getEncoded())
                        + "\n-----END PRIVATE KEY-----\n");
    }

    private void keytool(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-storetype", "PKCS12", "-keystore", path("keys"), "-storepass", PASSWORD));
        run(all.toArray(String[]::new));
    }

    private void run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new AssertionError(command + ": " + Files.readString(folder.resolve("keytool.log")));
        }
    }
}
