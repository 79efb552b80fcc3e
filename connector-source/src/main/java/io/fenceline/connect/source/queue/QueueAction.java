package io.fenceline.connect.source.queue;

/** What a source asks of SQS; batches are authorized by the action of single messages (IAM, actions of SQS). */
enum QueueAction {
    RECEIVE("sqs:ReceiveMessage"),
    DELETE("sqs:DeleteMessage"),
    CHANGE_VISIBILITY("sqs:ChangeMessageVisibility");

    private final String iam;

    QueueAction(String iam) {
        this.iam = iam;
    }

    /** As it stands in a policy. */
    String iam() {
        return iam;
    }
}
