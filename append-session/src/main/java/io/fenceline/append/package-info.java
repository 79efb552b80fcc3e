/**
 * A durable append session: batches go in, acknowledged positions come out, and every break in between is resolved
 * without losing, repeating or reordering a batch. Start at {@link io.fenceline.append.loop.SessionLoop#open}; a
 * {@link io.fenceline.append.loop.LoopThread} drives the loop, or a thread of yours.
 *
 * <pre>{@code
 * try (S2Client client = new S2Client(config); LoopThread sessions = new LoopThread("orders-writer")) {
 *     // The guard comes from a fence of one's own: its token, and the position behind its ack.
 *     AppendBatch fence = AppendBatch.fence(token, 0).freeze(OptionalLong.empty(), tokenSeen);
 *     long next = client.append("orders/0", fence).join().end().seqNum();
 *
 *     AppendSessionConfig session = AppendSessionConfig.fenced(new Guard(token, next)).withInflightMaxBytes(5 << 20);
 *     AppendSession appends = sessions.loop().open(
 *             new S2StreamAccess(client, "orders/0"), session, RecordMatcher.exact(), new AppendSessionListener() {
 *                 public void onFinished(SessionEnd end) {
 *                     System.out.println(end.describe());
 *                 }
 *             });
 *
 *     AppendBatch batch = new AppendBatch(1000, 1 << 20, 64 << 10);
 *     RecordDraft draft = new RecordDraft();
 *     batch.tryAdd(draft.reset().body(bytes, 0, bytes.length));
 *     appends.submit(batch).whenComplete((ack, failure) -> {
 *         if (failure == null) {
 *             System.out.println("durable at " + ack.start().seqNum());
 *         } else if (failure instanceof InDoubtException) {
 *             System.out.println("may be in the stream, now or later: " + failure.getMessage());
 *         } else {
 *             System.out.println("is not in the stream: " + failure.getMessage());
 *         }
 *     });
 *     appends.close(); // drains, then ends; onFinished tells when
 * }
 * }</pre>
 */
@NullMarked
package io.fenceline.append;

import org.jspecify.annotations.NullMarked;
