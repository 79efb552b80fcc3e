package io.fenceline.benchmarks;

/**
 * What one measurement saw.
 *
 * @param records        that arrived in the window measured
 * @param seconds        length of the window
 * @param clientCpu      seconds of CPU of the process measured, in the window: worker, s2 bench, or the session's JVM
 * @param compilerCpu    the part of it that the JVM's compilers used; NaN where nobody tells
 * @param serverCpu      the same of the S2 server; NaN without one
 * @param brokerCpu      the same of the Kafka broker; NaN without one
 * @param elsewhere      cores everything else on the machine used in the window; NaN where nobody tells
 * @param p50Millis      median time from the submission of a batch to its ack; NaN if not measured
 * @param p99Millis      99th percentile of it
 * @param allocatedBytes bytes the process measured has allocated on its heap in the window; NaN if not measured
 * @param fairness       records of the slowest partition for each of the fastest, when that one had arrived in full; NaN if
 *                       not measured
 * @param mostHeldBytes  most that all lanes together were seen to hold; NaN if nobody looked
 */
record Measurement(
        long records,
        double seconds,
        double clientCpu,
        double compilerCpu,
        double serverCpu,
        double brokerCpu,
        double elsewhere,
        double p50Millis,
        double p99Millis,
        double allocatedBytes,
        double fairness,
        double mostHeldBytes) {

    Measurement(
            long records,
            double seconds,
            double clientCpu,
            double compilerCpu,
            double serverCpu,
            double brokerCpu,
            double elsewhere,
            double p50Millis,
            double p99Millis) {
        this(
                records,
                seconds,
                clientCpu,
                compilerCpu,
                serverCpu,
                brokerCpu,
                elsewhere,
                p50Millis,
                p99Millis,
                Double.NaN,
                Double.NaN,
                Double.NaN);
    }

    Measurement with(double p50Millis, double p99Millis, double allocatedBytes, double fairness, double mostHeldBytes) {
        return new Measurement(
                records,
                seconds,
                clientCpu,
                compilerCpu,
                serverCpu,
                brokerCpu,
                elsewhere,
                p50Millis,
                p99Millis,
                allocatedBytes,
                fairness,
                mostHeldBytes);
    }

    /** One after the other, as one; latencies, fairness and what was held are not of both together. */
    Measurement then(Measurement next) {
        double length = seconds + next.seconds;
        return new Measurement(
                records + next.records,
                length,
                clientCpu + next.clientCpu,
                compilerCpu + next.compilerCpu,
                serverCpu + next.serverCpu,
                brokerCpu + next.brokerCpu,
                (elsewhere * seconds + next.elsewhere * next.seconds) / length,
                Double.NaN,
                Double.NaN,
                allocatedBytes + next.allocatedBytes,
                Double.NaN,
                Double.NaN);
    }

    double allocatedPerRecord() {
        return allocatedBytes / records;
    }

    double recordsPerSecond() {
        return records / seconds;
    }

    double mebibytesPerSecond(int size) {
        return recordsPerSecond() * size / (1 << 20);
    }

    double clientMicrosPerRecord() {
        return clientCpu * 1e6 / records;
    }

    double clientMicrosWithoutCompilers() {
        return clientMicrosPerRecord() - compilerMicrosPerRecord();
    }

    double compilerMicrosPerRecord() {
        return compilerCpu * 1e6 / records;
    }

    double clientSecondsPerGibibyte(int size) {
        return clientCpu / ((double) records * size / (1 << 30));
    }

    double serverSecondsPerGibibyte(int size) {
        return serverCpu / ((double) records * size / (1 << 30));
    }

    double serverMicrosPerRecord() {
        return serverCpu * 1e6 / records;
    }

    double brokerMicrosPerRecord() {
        return brokerCpu * 1e6 / records;
    }
}
