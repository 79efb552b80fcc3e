package io.fenceline.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** Packs connectors of ours that are only yardsticks as a worker wants its plugins: a jar in a folder of its own. */
final class PluginJar {

    private PluginJar() {}

    /**
     * @param jar     below {@code plugin.path}, in the plugin's folder
     * @param kind    Connect's class that {@code classes} begin with an implementation of
     * @param classes names and not classes: Connect's API is on the worker's class path, not on ours
     */
    static void write(Path jar, String kind, List<String> classes) {
        try {
            Files.createDirectories(jar.getParent());
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
                for (String type : classes) {
                    String file = type.replace('.', '/') + ".class";
                    try (InputStream in =
                            Objects.requireNonNull(PluginJar.class.getResourceAsStream("/" + file), file)) {
                        entry(out, file, in.readAllBytes());
                    }
                }
                entry(out, "META-INF/services/" + kind, classes.get(0).getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void entry(JarOutputStream out, String name, byte[] content) throws IOException {
        out.putNextEntry(new JarEntry(name));
        out.write(content);
        out.closeEntry();
    }
}
