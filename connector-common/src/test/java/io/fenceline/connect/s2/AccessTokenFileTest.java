package io.fenceline.connect.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AccessTokenFileTest {

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void writeAToken() throws IOException {
        file = Files.writeString(folder.resolve("token"), "first\n");
    }

    @Test
    void aRefusedTokenMakesItLookAtOnce() throws IOException {
        try (AccessTokenFile tokens = AccessTokenFile.open(file.toString())) {
            assertThat(tokens.current()).isEqualTo("first");
            assertThat(tokens.isReplaced("first").join()).isFalse();

            Files.writeString(file, "second");
            assertThat(tokens.isReplaced("first").join()).isTrue();
            assertThat(tokens.current()).isEqualTo("second");
            assertThat(tokens.isReplaced("second").join()).isFalse();
        }
    }

    @Test
    void aTokenThatWasReplacedBeforeItsRefusalWasHeardIsKnownToBe() throws IOException {
        try (AccessTokenFile tokens = AccessTokenFile.open(file.toString())) {
            Files.writeString(file, "second");
            assertThat(tokens.isReplaced("first").join()).isTrue();
            Files.delete(file);
            assertThat(tokens.isReplaced("first")).isCompletedWithValue(true);
        }
    }

    @Test
    void aFileIsFollowedByNameAsWhereALinkIsSwappedUnderIt() throws IOException {
        Path first = Files.writeString(folder.resolve("first"), "first");
        Path second = Files.writeString(folder.resolve("second"), "second");
        Path link = Files.createSymbolicLink(folder.resolve("link"), first);
        try (AccessTokenFile tokens = AccessTokenFile.open(link.toString())) {
            Path next = Files.createSymbolicLink(folder.resolve("next"), second);
            Files.move(next, link, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
            assertThat(tokens.isReplaced("first").join()).isTrue();
            assertThat(tokens.current()).isEqualTo("second");
        }
    }

    @Test
    void aFileThatGoesAwayOrIsEmptiedKeepsItsLastToken() throws IOException {
        try (AccessTokenFile tokens = AccessTokenFile.open(file.toString())) {
            Files.writeString(file, "");
            assertThat(tokens.isReplaced("first").join()).isFalse();
            Files.delete(file);
            assertThat(tokens.isReplaced("first").join()).isFalse();
            assertThat(tokens.current()).isEqualTo("first");

            Files.writeString(file, "second");
            assertThat(tokens.isReplaced("first").join()).isTrue();
        }
    }

    @Test
    void aFileWithoutATokenIsRefusedAtTheStartInWords() throws IOException {
        assertThatThrownBy(() -> AccessTokenFile.open(folder.resolve("none").toString()))
                .hasMessageContaining("does not exist on this worker");
        assertThatThrownBy(() -> AccessTokenFile.open(folder.toString())).hasMessageContaining("cannot be read");
        assertThatThrownBy(() -> AccessTokenFile.open("\0")).isInstanceOf(IllegalArgumentException.class);
        Files.writeString(file, "x".repeat(20_000));
        assertThatThrownBy(() -> AccessTokenFile.open(file.toString())).hasMessageContaining("more than 16384 bytes");
    }

    @Test
    void whoAsksIsAnsweredAlsoWhenItCloses() {
        AccessTokenFile tokens = AccessTokenFile.open(file.toString());
        List<CompletableFuture<Boolean>> answers =
                IntStream.range(0, 50).mapToObj(i -> tokens.isReplaced("first")).toList();
        tokens.close();
        assertThat(tokens.isReplaced("first").join()).isFalse();
        answers.forEach(answer -> assertThat(answer.join()).isFalse());
        assertThat(tokens.toString()).doesNotContain("first");
    }
}
