package io.fenceline.connect.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.sqs.MessageText;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The judge is the platform's strict decoder, and SQS's list of characters behind it. */
class Utf8TextTest {

    @Test
    void everySequenceOfUpToThreeBytesIsJudgedAsTheDecoderDoes() {
        for (int a = 0; a < 256; a++) {
            judge(new byte[] {(byte) a});
            for (int b = 0; b < 256; b++) {
                judge(new byte[] {(byte) a, (byte) b});
            }
        }
        int[] seconds = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBE, 0xBF, 0xC0, 0xFF};
        int[] thirds = {0x00, 0x41, 0x7F, 0x80, 0xBD, 0xBE, 0xBF, 0xC0, 0xFF};
        for (int a = 0xC0; a < 256; a++) {
            for (int b : seconds) {
                for (int c : thirds) {
                    judge(new byte[] {(byte) a, (byte) b, (byte) c});
                    for (int d : thirds) {
                        judge(new byte[] {(byte) a, (byte) b, (byte) c, (byte) d});
                    }
                }
            }
        }
    }

    @Test
    void everyCharacterIsJudgedAsTheListDoes() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
                judge(Character.toString(c).getBytes(UTF_8));
            }
        }
    }

    @Test
    void oneBadByteIsFoundWhereverItStands() {
        for (int length = 1; length < 40; length++) {
            for (int at = 0; at < length; at++) {
                for (int bad : new int[] {0x00, 0x1F, 0x0B, 0x80, 0xC3, 0xFF}) {
                    byte[] bytes = "a".repeat(length).getBytes(UTF_8);
                    bytes[at] = (byte) bad;
                    judge(bytes);
                }
                byte[] fine = " ".repeat(length).getBytes(UTF_8);
                fine[at] = '\n';
                judge(fine);
            }
        }
    }

    @Test
    void randomTextAndRandomlyBrokenTextIsJudgedAsTheDecoderDoes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            int characters = random.nextInt(30);
            for (int i = 0; i < characters; i++) {
                text.appendCodePoint(
                        switch (random.nextInt(6)) {
                            case 0 -> 0xA0 + random.nextInt(0x700);
                            case 1 -> 0x800 + random.nextInt(0xC000);
                            case 2 -> 0x10000 + random.nextInt(0x100000);
                            default -> ' ' + random.nextInt(0x5F);
                        });
            }
            byte[] bytes = text.toString().getBytes(UTF_8);
            if (bytes.length > 0 && random.nextInt(3) == 0) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            judge(bytes, "seed " + seed + ", round " + round);
        }
    }

    @Test
    void theLengthOfTextIsThatOfItsBytes() {
        for (String text : new String[] {
            "",
            "abc",
            "größer",
            "€",
            "🦀🦀",
            "a🦀ü",
            "\uD83E",
            "\uDD80",
            "a\uD83E",
            "\uDD80\uD83E",
            "\uD83Eü",
            "\uFFFD\u0800"
        }) {
            assertThat(io.fenceline.sqs.MessageText.utf8Length(text)).as(text).isEqualTo(text.getBytes(UTF_8).length);
        }
    }

    private static void judge(byte[] bytes) {
        judge(bytes, "");
    }

    private static void judge(byte[] bytes, String where) {
        // in the middle of a larger array, where what stands around must not be looked at
        byte[] around = new byte[bytes.length + 16];
        Arrays.fill(around, (byte) 0xBF);
        System.arraycopy(bytes, 0, around, 5, bytes.length);
        Utf8Text.Kind kind = Utf8Text.kindOf(around, 5, bytes.length);
        String expected = strictlyDecoded(bytes);
        if (expected == null || !MessageText.isAllowed(expected)) {
            assertThat(kind).as("%s of %s", Arrays.toString(bytes), where).isEqualTo(Utf8Text.Kind.NONE);
        } else {
            boolean ascii = expected.length() == bytes.length;
            assertThat(kind)
                    .as("%s of %s", Arrays.toString(bytes), where)
                    .isEqualTo(ascii ? Utf8Text.Kind.ASCII : Utf8Text.Kind.UTF8);
            assertThat(Utf8Text.decode(around, 5, bytes.length, kind)).isEqualTo(expected);
        }
    }

    private static @Nullable String strictlyDecoded(byte[] bytes) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
