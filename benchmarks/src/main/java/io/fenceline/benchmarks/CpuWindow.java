package io.fenceline.benchmarks;

import java.util.List;

/** Time and CPU from one moment on. */
final class CpuWindow {

    private final long nanos = System.nanoTime();
    private final double client;
    private final double compiler;
    private final double server;
    private final double broker;
    private final double machine;
    private final double ours;
    private final Pids pids;

    /** Process ids; -1 for what does not take part. */
    record Pids(long client, long server, long broker) {

        List<Long> all() {
            return List.of(client, server, broker, ProcessHandle.current().pid());
        }
    }

    private CpuWindow(Pids pids) {
        this.pids = pids;
        this.client = cpu(pids.client());
        this.compiler = CpuClock.compilerSeconds(pids.client());
        this.server = cpu(pids.server());
        this.broker = cpu(pids.broker());
        this.ours = CpuClock.seconds(pids.all());
        this.machine = CpuClock.machineSeconds();
    }

    static CpuWindow open(Pids pids) {
        return new CpuWindow(pids);
    }

    Measurement close(long records) {
        CpuWindow end = new CpuWindow(pids);
        double seconds = (end.nanos - nanos) / 1e9;
        return new Measurement(
                records,
                seconds,
                end.client - client,
                end.compiler - compiler,
                end.server - server,
                end.broker - broker,
                Math.max(0, (end.machine - machine - (end.ours - ours)) / seconds),
                Double.NaN,
                Double.NaN);
    }

    private static double cpu(long pid) {
        return pid < 0 ? Double.NaN : CpuClock.seconds(pid);
    }
}
