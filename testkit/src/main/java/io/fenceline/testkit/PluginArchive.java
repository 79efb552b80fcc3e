package io.fenceline.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The archive users install, as module plugin builds it. */
public final class PluginArchive {

    private static final String NAME = "fenceline-kafka-connect-fenceline-";

    private PluginArchive() {}

    /** The newest one in the plugin module's target folder; fails naming the command that builds it. */
    public static Path find() {
        Path target = ProjectRoot.find().resolve("plugin/target");
        try (Stream<Path> files = Files.isDirectory(target) ? Files.walk(target, 4) : Stream.empty()) {
            List<Path> archives = files.filter(
                            file -> file.getFileName().toString().startsWith(NAME)
                                    && file.getFileName().toString().endsWith(".zip"))
                    .sorted(Comparator.comparing(file -> file.toFile().lastModified()))
                    .toList();
            if (archives.isEmpty()) {
                throw new IllegalStateException(
                        "no archive " + NAME + "*.zip in " + target + "; build it with: mvn -pl plugin -am package");
            }
            return archives.get(archives.size() - 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The version in an archive's name. */
    public static String version(Path archive) {
        String name = archive.getFileName().toString();
        if (!name.startsWith(NAME) || !name.endsWith(".zip")) {
            throw new IllegalArgumentException(archive + " is not named " + NAME + "<version>.zip");
        }
        return name.substring(NAME.length(), name.length() - ".zip".length());
    }

    /** Unpacks it as {@code confluent-hub install} would; returns the folder for {@code plugin.path}. */
    public static Path install(Path archive, Path pluginPath) {
        try (InputStream in = Files.newInputStream(archive);
                ZipInputStream zip = new ZipInputStream(in)) {
            Files.createDirectories(pluginPath);
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = pluginPath.resolve(entry.getName()).normalize();
                if (!file.startsWith(pluginPath)) {
                    throw new IOException("entry outside the archive: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else {
                    Files.createDirectories(file.getParent());
                    Files.copy(zip, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                }
            }
            return pluginPath;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unpack " + archive, e);
        }
    }
}
