package io.fenceline.connect.sink.lane;

import java.time.Duration;

/**
 * What the configuration says about lanes, wherever their records go; the same for all lanes of a task.
 *
 * @param figures          under which type a lane publishes its figures
 * @param onStop           what becomes of the task when a lane stops
 * @param resetMayJump     the consumer's reset policy may skip records: a jump forward is looked into
 * @param comparesPosition a position right behind the watermark is believed once the record there was compared
 * @param conversionPause  before a record is asked for again that could not be converted
 */
public record LanePolicy(
        String figures, OnStop onStop, boolean resetMayJump, boolean comparesPosition, Duration conversionPause) {}
