package io.fenceline.testkit.sqs;

/** What SQS refuses a call or an entry with. */
public final class RefusedCall extends Exception {

    private static final long serialVersionUID = 1L;

    private final String code;
    private final String queryCode;

    RefusedCall(String code, String message) {
        this(code, code, message);
    }

    private RefusedCall(String code, String queryCode, String message) {
        super(message, null, false, false);
        this.code = code;
        this.queryCode = queryCode;
    }

    static RefusedCall noQueue() {
        return new RefusedCall(
                "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
    }

    static RefusedCall deletedRecently() {
        return new RefusedCall(
                "QueueDeletedRecently",
                "AWS.SimpleQueueService.QueueDeletedRecently",
                "You must wait 60 seconds after deleting a queue before you can create another with the same name.");
    }

    static RefusedCall ofBatch(String code, String message) {
        return new RefusedCall(code, "AWS.SimpleQueueService." + code, message);
    }

    static RefusedCall invalid(String message) {
        return new RefusedCall("InvalidParameterValue", message);
    }

    static RefusedCall missing(String parameter) {
        return new RefusedCall("MissingParameter", "The request must contain the parameter " + parameter + ".");
    }

    String code() {
        return code;
    }

    /** What older clients know the error as; the JSON protocol carries it in a header. */
    String queryCode() {
        return queryCode;
    }

    String message() {
        return String.valueOf(getMessage());
    }
}
