package io.fenceline.s2.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A file with the certificates of the authorities that are trusted, in place of the JVM's.
 *
 * @param type     {@code PEM}, or a type of {@link KeyStore}, such as {@code JKS} and {@code PKCS12}
 * @param password null: the file is read without checking that it is whole
 */
public record TrustStore(
        String location, String type, @Nullable String password) {

    public static final String PEM = "PEM";

    /**
     * Reads the file: blocks.
     *
     * @throws IllegalArgumentException saying in a few words why it cannot be used
     */
    public SSLContext context() {
        try {
            KeyStore trusted = PEM.equals(type) ? pem() : keyStore();
            if (trusted.size() == 0) {
                throw new IllegalArgumentException("it holds no certificate");
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("it cannot be read as " + type + " (" + e + ")", e);
        }
    }

    private KeyStore keyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(type);
        try (InputStream in = Files.newInputStream(Path.of(location))) {
            store.load(in, password == null ? null : password.toCharArray());
        }
        return store;
    }

    private KeyStore pem() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(Path.of(location))) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            int number = 0;
            for (Certificate certificate : certificates) {
                store.setCertificateEntry("authority-" + number++, certificate);
            }
        }
        return store;
    }

    /** The password does not show. */
    @Override
    public String toString() {
        return type + " " + location;
    }
}
