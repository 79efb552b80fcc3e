package io.fenceline.connect.sqs;

import static io.fenceline.connect.TerminalCode.RECORD_TOO_LARGE;
import static io.fenceline.connect.TerminalCode.UNMAPPABLE_RECORD;

import io.fenceline.connect.MisfitException;
import io.fenceline.connect.RecordForm;
import io.fenceline.connect.config.HeaderSelection;
import io.fenceline.s2.wire.PeerText;
import io.fenceline.sqs.AttributeName;
import io.fenceline.sqs.MessageAttribute;
import io.fenceline.sqs.MessageText;
import io.fenceline.sqs.OutgoingMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka record as it stands in a queue (see {@link QueueAttributes}): as text where SQS takes it as text, also if it came as bytes,
 * and else in base64. Nothing is ever cut: what SQS has no place for is a misfit. Owned by one task thread.
 *
 * <p>A {@link #message} is one copy of the record: the body's bytes are looked at once and copied once, into its string, and a
 * body that came as a string is not copied at all. A record that is too large is measured and not copied.
 */
public final class QueueRecordForm implements RecordForm {

    private static final int STRING_TYPE = "String".length();
    private static final int NUMBER_TYPE = "Number".length();
    private static final int BINARY_TYPE = "Binary".length();

    /** Behind a reason that leaving headers out would cure. */
    private static final String CHOOSE_HEADERS =
            "; sqs.headers says which headers are sent (all, none, or a list of names)";

    private static final byte[] EMPTY = new byte[0];

    private final HeaderSelection selection;
    private final int maxSize;

    private final List<MessageAttribute> attributes = new ArrayList<>(OutgoingMessage.MAX_ATTRIBUTES);
    private int attributesSize;
    /** How many headers there are, and how many of them were too many to be kept as attributes. */
    private int headers;

    private int headersLeftOut;
    /** Bytes of the headers among the attributes. */
    private int headersSize;

    private byte @Nullable [] key;
    private int keyOffset;
    private int keyLength;

    private boolean nullValue;
    private @Nullable String text;
    private byte[] body = EMPTY;
    private int bodyOffset;
    private int bodyLength;

    private @Nullable String messageBody;
    private int size;

    /** @param maxSize bytes of body and attributes that the queue takes: its {@code MaximumMessageSize} */
    public QueueRecordForm(HeaderSelection selection, int maxSize) {
        this.selection = selection;
        this.maxSize = maxSize;
    }

    /**
     * What the record told last has become; shares nothing with the record that anyone could change.
     *
     * @param groups          null if the message gets no group
     * @param deduplicationId null on a standard queue
     * @throws IllegalStateException if the record was not {@link #check checked}, or did not fit
     */
    public OutgoingMessage message(@Nullable MessageGroups groups, @Nullable String deduplicationId) {
        String sent = messageBody;
        if (sent == null) {
            throw new IllegalStateException("no record that fits has been told");
        }
        String group = groups == null ? null : groups.of(key, keyOffset, keyLength);
        return new OutgoingMessage(sent, List.copyOf(attributes), group, deduplicationId, size);
    }

    @Override
    public String destination() {
        return "SQS";
    }

    @Override
    public void reset() {
        attributes.clear();
        attributesSize = 0;
        headers = 0;
        headersLeftOut = 0;
        headersSize = 0;
        key = null;
        keyLength = 0;
        nullValue = false;
        text = null;
        body = EMPTY;
        bodyLength = 0;
        messageBody = null;
        size = 0;
    }

    @Override
    public void id(byte[] buffer, int length) {
        addText(QueueAttributes.ID, new String(buffer, 0, length, StandardCharsets.UTF_8), length);
    }

    @Override
    public void timestamp(long millis) {
        String digits = Long.toString(millis);
        attributes.add(new MessageAttribute.Number(QueueAttributes.TIMESTAMP, digits));
        attributesSize += QueueAttributes.TIMESTAMP.length() + NUMBER_TYPE + digits.length();
    }

    @Override
    public void key(byte[] buffer, int offset, int length) {
        key = buffer;
        keyOffset = offset;
        keyLength = length;
        if (length == 0) {
            addText(QueueAttributes.KEY, QueueAttributes.EMPTY_KEY, QueueAttributes.EMPTY_KEY.length());
        } else {
            attributes.add(new MessageAttribute.Binary(
                    QueueAttributes.KEY, Arrays.copyOfRange(buffer, offset, offset + length)));
            attributesSize += QueueAttributes.KEY.length() + BINARY_TYPE + length;
        }
    }

    @Override
    public void nullValue() {
        nullValue = true;
        addText(QueueAttributes.NULL_VALUE, QueueAttributes.IS_NULL, QueueAttributes.IS_NULL.length());
    }

    @Override
    public boolean wantsHeader(String name) {
        return selection.includes(name);
    }

    @Override
    public void header(String name, byte @Nullable [] value) throws MisfitException {
        Optional<String> problem = AttributeName.problem(name);
        if (problem.isPresent()) {
            throw misfit("the name of its header '" + PeerText.brief(name) + "' " + problem.get()
                    + ", which SQS does not take in the name of an attribute (allowed: " + AttributeName.ALLOWED
                    + ")");
        }
        if (value == null) {
            throw misfit("its header '" + name + "' is null, and SQS has no attributes without a value");
        }
        if (value.length == 0) {
            throw misfit("its header '" + name + "' is empty, and SQS takes no empty attribute");
        }
        headers++;
        if (attributes.size() == OutgoingMessage.MAX_ATTRIBUTES) {
            headersLeftOut++;
            return;
        }
        for (MessageAttribute attribute : attributes) {
            if (attribute.name().equals(name)) {
                throw misfit("it has more than one header '" + name + "', and SQS takes a name once");
            }
        }
        int before = attributesSize;
        Utf8Text.Kind kind = Utf8Text.kindOf(value, 0, value.length);
        if (kind == Utf8Text.Kind.NONE) {
            attributes.add(new MessageAttribute.Binary(name, value.clone()));
            attributesSize += name.length() + BINARY_TYPE + value.length;
        } else {
            addText(name, Utf8Text.decode(value, 0, value.length, kind), value.length);
        }
        headersSize += attributesSize - before;
    }

    @Override
    public void body(byte[] buffer, int offset, int length) {
        body = buffer;
        bodyOffset = offset;
        bodyLength = length;
    }

    @Override
    public void textBody(String value) {
        if (MessageText.isAllowed(value)) {
            text = value;
        } else {
            RecordForm.super.textBody(value);
        }
    }

    @Override
    public void check() throws MisfitException {
        if (nullValue) {
            complete(QueueAttributes.NULL_BODY, QueueAttributes.NULL_BODY.length());
        } else if (text != null) {
            complete(text, MessageText.utf8Length(text));
        } else if (bodyLength == 0) {
            addText(QueueAttributes.ENCODING, QueueAttributes.EMPTY, QueueAttributes.EMPTY.length());
            complete(QueueAttributes.EMPTY, QueueAttributes.EMPTY.length());
        } else {
            checkBytes();
        }
    }

    private void checkBytes() throws MisfitException {
        Utf8Text.Kind kind = Utf8Text.kindOf(body, bodyOffset, bodyLength);
        if (kind != Utf8Text.Kind.NONE) {
            requireFit(bodyLength);
            complete(Utf8Text.decode(body, bodyOffset, bodyLength, kind), bodyLength);
            return;
        }
        addText(QueueAttributes.ENCODING, QueueAttributes.BASE64, QueueAttributes.BASE64.length());
        long encodedLength = 4 * ((bodyLength + 2L) / 3);
        requireFit(encodedLength);
        complete(base64(), (int) encodedLength);
    }

    private String base64() {
        ByteBuffer encoded = Base64.getEncoder().encode(ByteBuffer.wrap(body, bodyOffset, bodyLength));
        return new String(encoded.array(), 0, encoded.remaining(), StandardCharsets.ISO_8859_1);
    }

    private void complete(String sent, int bytes) throws MisfitException {
        requireFit(bytes);
        messageBody = sent;
        size = bytes + attributesSize;
    }

    private void requireFit(long bodyBytes) throws MisfitException {
        int sent = attributes.size() + headersLeftOut;
        if (sent > OutgoingMessage.MAX_ATTRIBUTES) {
            throw misfit("it has " + sent + " attributes, " + headers + " of them headers, and SQS takes at most "
                    + OutgoingMessage.MAX_ATTRIBUTES);
        }
        long all = bodyBytes + attributesSize;
        if (all > maxSize) {
            boolean fitsWithoutHeaders = headersSize > 0 && all - headersSize <= maxSize;
            throw new MisfitException(
                    RECORD_TOO_LARGE,
                    "it has " + all + " bytes (body " + bodyBytes + ", attributes " + attributesSize
                            + "), and the queue takes at most " + maxSize + " (its MaximumMessageSize)"
                            + (fitsWithoutHeaders ? CHOOSE_HEADERS : ""));
        }
    }

    private void addText(String name, String value, int bytes) {
        attributes.add(new MessageAttribute.Text(name, value));
        attributesSize += name.length() + STRING_TYPE + bytes;
    }

    private static MisfitException misfit(String reason) {
        return new MisfitException(UNMAPPABLE_RECORD, reason + CHOOSE_HEADERS);
    }
}
