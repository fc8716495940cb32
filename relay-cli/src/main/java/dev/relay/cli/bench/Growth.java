package dev.relay.cli.bench;

/**
 * How much a figure rises over a series of equally spaced samples, by linear regression.
 *
 * @param rise of the fitted line from the first sample to the last
 * @param noise two standard errors of that rise: what lies below it may be chance
 */
record Growth(double rise, double noise) {
    static Growth of(double... values) {
        int n = values.length;
        if (n < 3) {
            return new Growth(n < 2 ? 0 : values[n - 1] - values[0], 0);
        }
        double middle = (n - 1) / 2.0;
        double mean = mean(values);
        double square = 0;
        double product = 0;
        for (int i = 0; i < n; i++) {
            square += (i - middle) * (i - middle);
            product += (i - middle) * (values[i] - mean);
        }
        double slope = product / square;
        double left = 0;
        for (int i = 0; i < n; i++) {
            double miss = values[i] - mean - slope * (i - middle);
            left += miss * miss;
        }
        double error = Math.sqrt(left / (n - 2) / square);
        return new Growth(slope * (n - 1), 2 * error * (n - 1));
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** It surely rose, and by more than what is allowed. */
    boolean exceeds(double allowed) {
        return rise - noise > allowed;
    }
}
