import Vocabulary

#if canImport(Glibc)
    import Glibc
#endif

/// What else a window may be: the lawful classes in the order in which its features fit them.
package struct LawfulReading: Sendable, Hashable {
    package struct Fit: Sendable, Hashable {
        /// `cold-store` …
        package var name: String
        /// Share among the lawful classes, each as likely as the others beforehand; all of them make 1.
        package var posterior: Double
        /// Natural log likelihood ratio of this class against mining, by the same features.
        package var margin: Double
        /// Features that lie beyond what is usual in the class.
        package var strays: Int
        /// Few enough of them for the window to be of the class.
        package var isUsual: Bool

        /// Share of this class where it and mining alone are weighed, as likely beforehand.
        package var againstMining: Double { 1 / (1 + exp(-margin)) }
    }

    package var kind: Lookalikes.Kind
    /// Features that were known and counted.
    package var known: Int
    /// Best first; never empty.
    package var fits: [Fit]

    /// A second class is named from this share on.
    package static let named = 0.25

    /// Classes worth naming: usual ones, the best and at most one more; none when the window is like no class.
    package var plausible: [Fit] {
        let usual = fits.filter(\.isUsual)
        guard let best = usual.first else { return [] }
        return [best] + usual.dropFirst().prefix(1).filter { $0.posterior >= Self.named }
    }

    /// As counter-reasons: the class that fits next best and one that may be it as well, each with what an inspector
    /// would see there. They carry no weight.
    package var reasons: [Reason] {
        plausible.enumerated().flatMap { place, fit in
            [
                Reason(
                    id: place == 0 ? "lawful-class-fits" : "lawful-class-next", value: fit.posterior,
                    reference: fit.againstMining, unit: "share", text: fit.name),
                Reason(id: "tell-apart-\(fit.name)"),
            ]
        }
    }
}
