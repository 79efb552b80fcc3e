package io.fenceline.append;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.testkit.S2Location;
import io.fenceline.testkit.S2Server;
import io.fenceline.testkit.s2.EmbeddedServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in this module's README, as it stands there: it compiles, and does what the page says. */
class ReadMeExampleTest {

    private static final Path README = Path.of("README.md");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");

    @TempDir
    Path folder;

    @Test
    void theProgramOfTheReadMeAppendsAndReadsAndPrintsWhatThePageSays() throws Exception {
        Matcher blocks = BLOCK.matcher(Files.readString(README));
        assertThat(blocks.find()).isTrue();
        assertThat(blocks.group(1)).isEqualTo("java");
        String program = blocks.group(2);
        assertThat(blocks.find()).as("what it prints is on the page").isTrue();
        String promised = blocks.group(2);

        compile(program);
        try (EmbeddedServer server = EmbeddedServer.builder().start()) {
            String endpoint = server.url().toString();
            S2Server.builder(folder)
                    .start(new S2Location.Endpoints(endpoint, endpoint))
                    .reader("my-basin")
                    .createBasin();

            assertThat(printed(endpoint)).startsWith(promised);

            List<SequencedRecord> stream = server.records("my-basin", "orders");
            assertThat(stream).hasSize(2);
            assertThat(stream.get(0).isCommand()).isTrue();
            assertThat(new String(stream.get(1).body(), StandardCharsets.UTF_8)).isEqualTo("first order");
            FencingToken token = server.token("my-basin", "orders");
            assertThat(token.value()).startsWith("writer-");
        }
    }

    private void compile(String program) throws IOException {
        Path source = Files.writeString(folder.resolve("AppendAndRead.java"), program);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        var messages = new StringWriter();
        boolean compiled = compiler.getTask(
                        messages,
                        null,
                        null,
                        List.of("-proc:none", "-d", folder.toString(), "-cp", System.getProperty("java.class.path")),
                        null,
                        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)
                                .getJavaFileObjects(source))
                .call();
        assertThat(compiled).as(messages.toString()).isTrue();
    }

    private String printed(String endpoint) throws Exception {
        var bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        try (var loader = new URLClassLoader(
                new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
            System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
            loader.loadClass("AppendAndRead").getMethod("main", String[].class).invoke(null, (Object)
                    new String[] {endpoint});
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
