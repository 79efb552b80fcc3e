package io.fenceline.systemtests.transform;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A plugin folder with the transforms and converters of this package, for a worker's {@code plugin.path}. */
public final class TransformsPlugin {

    public static final String REWRITE = Rewrite.class.getName();
    public static final String AWAY = AwayConverter.class.getName();

    private TransformsPlugin() {}

    /** Returns the folder for {@code plugin.path}. */
    public static Path install(Path pluginPath) {
        Path jar = pluginPath.resolve("test-transforms/transforms.jar");
        try {
            Files.createDirectories(Objects.requireNonNull(jar.getParent()));
            try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
                add(out, REWRITE, "org.apache.kafka.connect.transforms.Transformation");
                add(out, AWAY, "org.apache.kafka.connect.storage.Converter");
            }
            return pluginPath;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A class of this package, as the only one that provides the service. */
    private static void add(ZipOutputStream out, String className, String service) throws IOException {
        out.putNextEntry(new ZipEntry("META-INF/services/" + service));
        out.write(className.getBytes(StandardCharsets.UTF_8));
        String file = className.replace('.', '/') + ".class";
        try (InputStream bytes =
                Objects.requireNonNull(TransformsPlugin.class.getClassLoader().getResourceAsStream(file))) {
            out.putNextEntry(new ZipEntry(file));
            bytes.transferTo(out);
        }
    }
}
