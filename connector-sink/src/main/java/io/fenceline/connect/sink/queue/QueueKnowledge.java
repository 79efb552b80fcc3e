package io.fenceline.connect.sink.queue;

import io.fenceline.sqs.QueueSettings;
import io.fenceline.sqs.QueueUrl;

/** What is known of the queues of a task. Task thread only. */
interface QueueKnowledge {

    /** Who wants to know; told on the task thread. */
    interface Asker {

        void onKnown(QueueSettings settings);

        /** It is asked again after a pause. */
        void onWaiting(String why);

        void onUnusable(SendStop reason);
    }

    /** Tells at once what is known already, else when the queue has answered. */
    void ask(QueueUrl queue, Asker asker);
}
