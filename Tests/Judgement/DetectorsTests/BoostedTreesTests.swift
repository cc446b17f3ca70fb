import Detectors
import Foundation
import LoadCurves
import Support
import Testing

@Suite struct BoostedTreesTests {
    /// The obvious walk from the root to a leaf.
    private func plain(_ trees: [BoostedTrees.Tree], _ row: [Double]) -> Double {
        var sum = 0.0
        for tree in trees {
            var node = 0
            while tree.feature[node] >= 0 {
                let value = row[tree.feature[node]]
                let left = value.isNaN ? tree.missing[node] == 1 : value <= tree.threshold[node]
                node = left ? tree.left[node] : tree.right[node]
            }
            sum += tree.value[node]
        }
        return sum
    }

    /// Trees of 1 ... 64 leaves of odd shapes over `features` columns.
    private func forest(_ count: Int, features: Int, _ dice: inout SplitMix) -> [BoostedTrees.Tree] {
        (0..<count).map { index in
            var tree = BoostedTrees.Tree(feature: [], threshold: [], left: [], right: [], value: [], missing: [])
            func grow(_ leaves: Int) -> Int {
                let node = tree.feature.count
                tree.feature.append(-1)
                tree.threshold.append(0)
                tree.left.append(0)
                tree.right.append(0)
                tree.value.append(Double(Int.random(in: -900...900, using: &dice)) / 1000)
                tree.missing.append(0)
                guard leaves > 1 else { return node }
                tree.feature[node] = Int.random(in: 0..<features, using: &dice)
                tree.threshold[node] = Double(Int.random(in: -4...4, using: &dice)) / 2
                tree.missing[node] = Int.random(in: 0...1, using: &dice)
                let left = Int.random(in: 1..<leaves, using: &dice)
                tree.left[node] = grow(left)
                tree.right[node] = grow(leaves - left)
                return node
            }
            _ = grow(index == 0 ? 1 : index == 1 ? 64 : Int.random(in: 1...64, using: &dice))
            return tree
        }
    }

    private func rows(_ count: Int, features: Int, _ dice: inout SplitMix) -> [[Double]] {
        (0..<count).map { _ in
            (0..<features).map { _ in
                switch Int.random(in: 0...9, using: &dice) {
                case 0: .nan
                case 1: .infinity
                case 2: -.infinity
                case 3: 0.5
                default: Double(Int.random(in: -50...50, using: &dice)) / 10
                }
            }
        }
    }

    @Test func `alone, in a batch and by the plain walk a row scores the same bits`() throws {
        var dice = SplitMix(seed: 7)
        let trees = forest(60, features: 9, &dice)
        let model = try BoostedTrees(trees, featureCount: 9, place: "test")
        for count in [0, 1, 7, 8, 9, 63, 64, 65, 72, 200] {
            let rows = rows(count, features: 9, &dice)
            let matrix = (0..<9).flatMap { feature in rows.map { $0[feature] } }
            let batch = model.scores(matrix, count: count)
            #expect(batch.count == count)
            for (row, score) in zip(rows, batch) {
                #expect(score.bitPattern == model.score(row).bitPattern)
                #expect(score.bitPattern == plain(trees, row).bitPattern)
            }
        }
        #expect(model.scores([1, 2, 3], count: 2).isEmpty)
        #expect(model.scores([], count: 0).isEmpty)
    }

    @Test func `the parts of a row add up to its score`() throws {
        var dice = SplitMix(seed: 8)
        var trees = forest(40, features: 6, &dice)
        let bare = try BoostedTrees(trees, featureCount: 6, place: "test")
        for index in trees.indices {
            trees[index].cover = trees[index].feature.map { _ in Double(Int.random(in: 0...90, using: &dice)) }
        }
        let covered = try BoostedTrees(trees, featureCount: 6, place: "test")
        for row in rows(50, features: 6, &dice) {
            for model in [bare, covered] {
                let sum = model.mean + model.contributions(row).reduce(0, +)
                #expect(abs(sum - model.score(row)) < 1e-9)
            }
        }
    }

    @Test func `cover weighs the mean, and a short row counts as missing`() throws {
        let tree = BoostedTrees.Tree(
            feature: [1, -1, -1], threshold: [2, 0, 0], left: [1, 0, 0], right: [2, 0, 0], value: [0, -1, 3],
            missing: [0, 0, 0], cover: [0, 30, 10])
        let model = try BoostedTrees([tree], featureCount: 2, place: "test")
        #expect(model.mean == 0)
        #expect(model.contributions([9, 2]) == [0, -1])
        #expect(model.contributions([9, 2.5]) == [0, 3])
        #expect(model.score([]) == 3)
        #expect(model.score([0]) == 3)
    }

    @Test func `a broken tree is named and never walked`() throws {
        let good = BoostedTrees.Tree(
            feature: [0, -1, 1, -1, -1], threshold: [1, 0, 2, 0, 0], left: [1, 0, 3, 0, 0], right: [2, 0, 4, 0, 0],
            value: [0, 1, 0, 2, 3], missing: [1, 0, 0, 0, 0])
        _ = try BoostedTrees([good], featureCount: 2, place: "test")
        let faults: [(String, (inout BoostedTrees.Tree) -> Void)] = [
            ("loop", { $0.left[2] = 0 }), ("self", { $0.left[0] = 0 }), ("outside", { $0.right[2] = 5 }),
            ("negative", { $0.right[2] = -4 }), ("two parents", { $0.left[2] = 1 }),
            ("orphan", { $0.feature[2] = -1 }), ("feature", { $0.feature[0] = 2 }),
            ("feature below", { $0.feature[0] = -2 }), ("short", { $0.value.removeLast() }),
            ("long", { $0.missing.append(0) }), ("threshold", { $0.threshold[0] = .nan }),
            ("value", { $0.value[3] = .infinity }), ("missing", { $0.missing[0] = 7 }),
            ("cover", { $0.cover = [1, 2, 3, 4, -1] }), ("cover size", { $0.cover = [1] }),
            (
                "empty",
                { $0 = BoostedTrees.Tree(feature: [], threshold: [], left: [], right: [], value: [], missing: []) }
            ),
        ]
        for (name, fault) in faults {
            var tree = good
            fault(&tree)
            #expect(throws: ModelError.self, "\(name)") { try BoostedTrees([good, tree], featureCount: 2, place: "t") }
        }
        #expect(throws: ModelError.self) { try BoostedTrees([], featureCount: 2, place: "t") }
        #expect(throws: ModelError.self) { try BoostedTrees([good], featureCount: 0, place: "t") }
    }
}
