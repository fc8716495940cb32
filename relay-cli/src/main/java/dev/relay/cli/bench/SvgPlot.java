package dev.relay.cli.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Line charts side by side in one SVG document, each with a logarithmic axis from left to right. Vertical axes begin at 0, or are
 * logarithmic where the values lie more than {@value #WIDE} times apart. Colours follow the reader's light or dark setting; the file is
 * text of a few KiB, the same for the same figures.
 *
 * @param across names what grows; {@code x} is its figure
 * @param charts figures of each chart, from left to right
 */
record SvgPlot(
        String title, String across, String x, List<Map<String, @Nullable Object>> points, List<List<String>> charts) {
    private static final double WIDE = 20;
    private static final int WIDTH = 360;
    private static final int HEIGHT = 240;
    private static final int LEFT = 62;
    private static final int RIGHT = 340;
    private static final int TOP = 50;
    private static final int BOTTOM = 190;
    private static final String STYLE = """
            <style>
            text{font:12px system-ui,sans-serif;fill:#24292f}
            .t{font-weight:600;font-size:13px}
            .g{stroke:#d0d7de;stroke-width:1}
            .l{fill:none;stroke-width:2}
            .c0{stroke:#0969da;fill:#0969da}
            .c1{stroke:#bc4c00;fill:#bc4c00}
            path.c0,path.c1{fill:none}
            text.c0,text.c1{stroke:none}
            @media(prefers-color-scheme:dark){
            text{fill:#e6edf3}
            .g{stroke:#3d444d}
            .c0{stroke:#58a6ff;fill:#58a6ff}
            .c1{stroke:#ffa657;fill:#ffa657}
            path.c0,path.c1{fill:none}
            }
            </style>
            """;

    String svg() {
        int width = WIDTH * charts.size();
        StringBuilder out = new StringBuilder(4_096);
        line(
                out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" aria-label=\"%s\">",
                width,
                HEIGHT,
                width,
                title);
        out.append(STYLE);
        line(out, "<text class=\"t\" x=\"12\" y=\"20\">%s</text>", title);
        for (int i = 0; i < charts.size(); i++) {
            line(out, "<g transform=\"translate(%d 0)\">", i * WIDTH);
            chart(out, charts.get(i));
            out.append("</g>\n");
        }
        return out.append("</svg>\n").toString();
    }

    private void chart(StringBuilder out, List<String> figures) {
        Scale across = Scale.logarithmic(values(List.of(x)), LEFT, RIGHT);
        Scale up = Scale.of(values(figures), BOTTOM, TOP);
        for (double tick : up.ticks()) {
            double y = up.at(tick);
            line(out, "<path class=\"g\" d=\"M%d %.1fH%d\"/>", LEFT, y, RIGHT);
            line(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>", LEFT - 6, y + 4, amount(tick));
        }
        for (double point : values(List.of(x))) {
            line(
                    out,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    across.at(point),
                    BOTTOM + 18,
                    amount(point));
        }
        line(
                out,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                (LEFT + RIGHT) / 2,
                BOTTOM + 36,
                this.across);
        for (int i = 0; i < figures.size(); i++) {
            curve(out, figures.get(i), i, across, up);
        }
    }

    private void curve(StringBuilder out, String figure, int number, Scale across, Scale up) {
        StringBuilder path = new StringBuilder();
        for (Map<String, @Nullable Object> point : points) {
            double atX = across.at(Floor.number(point, x));
            double atY = up.at(Floor.number(point, figure));
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", atX, atY));
            line(out, "<circle class=\"c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", number, atX, atY);
        }
        line(out, "<path class=\"l c%d\" d=\"%s\"/>", number, path);
        line(out, "<text class=\"c%d\" x=\"%d\" y=\"%d\">%s</text>", number, LEFT + 110 * number, TOP - 12, figure);
    }

    private double[] values(List<String> figures) {
        return points.stream()
                .flatMapToDouble(point -> figures.stream().mapToDouble(figure -> Floor.number(point, figure)))
                .toArray();
    }

    private static String amount(double value) {
        if (value >= 1_000_000) {
            return trimmed(value / 1_000_000) + "M";
        }
        return value >= 1_000 ? trimmed(value / 1_000) + "k" : trimmed(value);
    }

    private static String trimmed(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.format(Locale.ROOT, "%.3g", value);
    }

    private static void line(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** From values to places: between 0, or the power of ten below the least, and the round number above the greatest. */
    private record Scale(double low, double high, boolean isLogarithmic, double from, double to) {
        static Scale of(double[] values, double from, double to) {
            double least = Arrays.stream(values).min().orElse(0);
            double greatest = Arrays.stream(values).max().orElse(1);
            if (least > 0 && greatest / least > WIDE) {
                return new Scale(
                        Math.pow(10, Math.floor(Math.log10(least))),
                        Math.pow(10, Math.ceil(Math.log10(greatest))),
                        true,
                        from,
                        to);
            }
            return new Scale(0, rounded(Math.max(greatest, 1e-9)), false, from, to);
        }

        static Scale logarithmic(double[] values, double from, double to) {
            double least = Math.max(1, Arrays.stream(values).min().orElse(1));
            double greatest = Arrays.stream(values).max().orElse(1);
            return new Scale(least, Math.max(greatest, least * 10), true, from, to);
        }

        /** 1, 2, 4, 5 or 8 times a power of ten: four parts of it are short numbers. */
        private static double rounded(double value) {
            double power = Math.pow(10, Math.floor(Math.log10(value)));
            for (double times : new double[] {1, 2, 4, 5, 8}) {
                if (value <= times * power) {
                    return times * power;
                }
            }
            return 10 * power;
        }

        double at(double value) {
            double part = isLogarithmic
                    ? Math.log(Math.max(value, low) / low) / Math.log(high / low)
                    : (value - low) / (high - low);
            return from + part * (to - from);
        }

        double[] ticks() {
            if (!isLogarithmic) {
                return new double[] {low, high / 4, high / 2, high * 3 / 4, high};
            }
            int decades = (int) Math.round(Math.log10(high / low));
            double[] ticks = new double[decades + 1];
            Arrays.setAll(ticks, i -> low * Math.pow(10, i));
            return ticks;
        }
    }
}
