package io.fenceline.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One row of bars as SVG, readable on light and dark pages. Not a number is left out. */
final class BarChart {

    private static final int LABEL = 130;
    private static final int WIDTH = 640;
    private static final int ROW = 24;
    private static final int TOP = 44;
    private static final int VALUE = 60;

    private record Bar(String label, double value) {}

    private final String title;
    private final String format;
    private final double goal;
    private final String goalText;
    private final List<Bar> bars = new ArrayList<>();

    /** @param goal drawn as a line, NaN for none */
    BarChart(String title, String format, double goal, String goalText) {
        this.title = title;
        this.format = format;
        this.goal = goal;
        this.goalText = goalText;
    }

    void add(String label, double value) {
        if (!Double.isNaN(value)) {
            bars.add(new Bar(label, value));
        }
    }

    String svg() {
        double most = bars.stream().mapToDouble(Bar::value).max().orElse(1);
        most = Double.isNaN(goal) ? most : Math.max(most, goal * 1.1);
        int bottom = TOP + bars.size() * ROW;
        int height = bottom + (Double.isNaN(goal) ? 8 : 26);
        double scale = (WIDTH - LABEL - VALUE) / most;
        StringBuilder svg =
                new StringBuilder(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">
                  <style>
                    text { font: 13px system-ui, sans-serif; fill: #24292f; }
                    .title { font-weight: 600; }
                    .bar { fill: #2f6fb5; }
                    .goal { stroke: #b3541e; stroke-width: 1.5; stroke-dasharray: 4 3; }
                    .goal-text { fill: #b3541e; }
                    @media (prefers-color-scheme: dark) {
                      text { fill: #e6edf3; }
                      .bar { fill: #6aa5e8; }
                      .goal { stroke: #f0a36b; }
                      .goal-text { fill: #f0a36b; }
                    }
                  </style>
                  <text class="title" x="4" y="20">%s</text>
                """, WIDTH, height, WIDTH, height, title, title));
        int y = TOP;
        for (Bar bar : bars) {
            double length = bar.value() * scale;
            svg.append(String.format(
                    Locale.ROOT,
                    """
                      <text x="%d" y="%d" text-anchor="end">%s</text>
                      <rect class="bar" x="%d" y="%d" width="%.1f" height="%d" rx="2"/>
                      <text x="%.1f" y="%d">%s</text>
                    """,
                    LABEL - 8,
                    y + 13,
                    bar.label(),
                    LABEL,
                    y,
                    length,
                    ROW - 7,
                    LABEL + length + 6,
                    y + 13,
                    String.format(Locale.ROOT, format, bar.value())));
            y += ROW;
        }
        if (!Double.isNaN(goal)) {
            double x = LABEL + goal * scale;
            svg.append(String.format(Locale.ROOT, """
                      <line class="goal" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>
                      <text class="goal-text" x="%.1f" y="%d" text-anchor="end">%s</text>
                    """, x, TOP - 6, x, bottom + 4, x - 4, bottom + 16, goalText));
        }
        return svg.append("</svg>\n").toString();
    }
}
