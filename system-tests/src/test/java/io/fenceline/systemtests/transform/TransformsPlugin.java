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

/** A plugin folder with the transforms of this package, for a worker's {@code plugin.path}. */
public final class TransformsPlugin {

    public static final String REWRITE = Rewrite.class.getName();

    private TransformsPlugin() {}

    /** Returns the folder for {@code plugin.path}. */
    public static Path install(Path pluginPath) {
        Path jar = pluginPath.resolve("test-transforms/transforms.jar");
        String file = REWRITE.replace('.', '/') + ".class";
        try {
            Files.createDirectories(Objects.requireNonNull(jar.getParent()));
            try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar));
                    InputStream bytes = Objects.requireNonNull(
                            TransformsPlugin.class.getClassLoader().getResourceAsStream(file))) {
                out.putNextEntry(new ZipEntry("META-INF/services/org.apache.kafka.connect.transforms.Transformation"));
                out.write(REWRITE.getBytes(StandardCharsets.UTF_8));
                out.putNextEntry(new ZipEntry(file));
                bytes.transferTo(out);
            }
            return pluginPath;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
