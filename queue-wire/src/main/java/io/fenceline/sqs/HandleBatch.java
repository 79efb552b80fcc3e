package io.fenceline.sqs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;

/** Handles as one {@code DeleteMessageBatch} or {@code ChangeMessageVisibilityBatch}, and its answer. An entry's id is its place. */
final class HandleBatch {

    private HandleBatch() {}

    static DeleteMessageBatchRequest delete(QueueUrl queue, List<String> handles) {
        var entries = new ArrayList<DeleteMessageBatchRequestEntry>(handles.size());
        for (int i = 0; i < handles.size(); i++) {
            entries.add(DeleteMessageBatchRequestEntry.builder()
                    .id(Integer.toString(i))
                    .receiptHandle(handles.get(i))
                    .build());
        }
        return DeleteMessageBatchRequest.builder()
                .queueUrl(queue.text())
                .entries(entries)
                .build();
    }

    static ChangeMessageVisibilityBatchRequest changeVisibility(
            QueueUrl queue, List<String> handles, Duration visibility) {
        var entries = new ArrayList<ChangeMessageVisibilityBatchRequestEntry>(handles.size());
        for (int i = 0; i < handles.size(); i++) {
            entries.add(ChangeMessageVisibilityBatchRequestEntry.builder()
                    .id(Integer.toString(i))
                    .receiptHandle(handles.get(i))
                    .visibilityTimeout((int) visibility.toSeconds())
                    .build());
        }
        return ChangeMessageVisibilityBatchRequest.builder()
                .queueUrl(queue.text())
                .entries(entries)
                .build();
    }

    /**
     * One outcome for each handle, whatever the answer says: listed twice with one meaning → that; with two, or not at all → in
     * doubt. Entries that we did not send are not looked at.
     *
     * @param successful ids
     */
    static List<HandleOutcome.Entry> outcomes(
            int handles, Stream<String> successful, List<BatchResultErrorEntry> failed) {
        var outcomes = new HandleOutcome.@Nullable Entry[handles];
        successful.forEach(id -> {
            int place = MessageBatch.place(id, handles);
            if (place >= 0) {
                outcomes[place] = new HandleOutcome.Entry.Done();
            }
        });
        for (BatchResultErrorEntry entry : failed) {
            int place = MessageBatch.place(entry.id(), handles);
            if (place >= 0) {
                outcomes[place] = both(outcomes[place], AnswerReader.ofHandle(entry));
            }
        }
        var listed = new ArrayList<HandleOutcome.Entry>(handles);
        for (HandleOutcome.@Nullable Entry outcome : outcomes) {
            listed.add(
                    outcome != null
                            ? outcome
                            : new HandleOutcome.Entry.NotDone(
                                    QueueAnswer.SENSELESS,
                                    MessageBatch.UNLISTED,
                                    "SQS's answer does not say what became of it"));
        }
        return List.copyOf(listed);
    }

    private static HandleOutcome.Entry both(HandleOutcome.@Nullable Entry first, HandleOutcome.Entry second) {
        if (first == null) {
            return second;
        }
        boolean alike =
                first instanceof HandleOutcome.Entry.NotDone one && second instanceof HandleOutcome.Entry.NotDone other
                        ? one.answer() == other.answer()
                        : first.getClass() == second.getClass();
        return alike
                ? first
                : new HandleOutcome.Entry.NotDone(
                        QueueAnswer.SENSELESS,
                        MessageBatch.CONTRADICTION,
                        "SQS's answer lists it twice, and differently");
    }
}
