import Glibc

/// Exact 95 % limits of a Poisson count (Garwood): chi-square quantiles, as factors of the count.
package enum PoissonLimits {
    /// lower = χ²(0.025; 2n) / 2, upper = χ²(0.975; 2n + 2) / 2. For n = 0 the lower limit is 0.
    package static func counts(_ n: Int) -> (low: Double, high: Double) {
        let low = n == 0 ? 0 : gammaQuantile(0.025, shape: Double(n))
        return (low, gammaQuantile(0.975, shape: Double(n) + 1))
    }

    /// Quantile of the gamma distribution with scale 1, by bisection on the regularised incomplete gamma function.
    static func gammaQuantile(_ p: Double, shape: Double) -> Double {
        var low = 0.0
        var high = shape + 10 * shape.squareRoot() + 20
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if regularisedGamma(shape, middle) < p { low = middle } else { high = middle }
            if high - low <= 1e-12 * high { break }
        }
        return (low + high) / 2
    }

    /// P(a, x): series below a + 1, Lentz's continued fraction above (Numerical methods of Abramowitz and Stegun, 6.5).
    static func regularisedGamma(_ a: Double, _ x: Double) -> Double {
        guard x > 0, a > 0 else { return 0 }
        var sign: Int32 = 0
        let scale = exp(a * log(x) - x - lgamma_r(a, &sign))
        if x < a + 1 {
            var term = 1 / a
            var sum = term
            var n = a
            while abs(term) > abs(sum) * 1e-15 {
                n += 1
                term *= x / n
                sum += term
            }
            return sum * scale
        }
        var b = x + 1 - a
        var c = 1e300
        var d = 1 / b
        var h = d
        for i in 1..<100_000 {
            let an = -Double(i) * (Double(i) - a)
            b += 2
            d = 1 / nonZero(an * d + b)
            c = nonZero(b + an / c)
            let delta = d * c
            h *= delta
            if abs(delta - 1) < 1e-15 { break }
        }
        return 1 - scale * h
    }

    private static func nonZero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
}
