/// A sum of decision trees, compiled for many rows at once. Each inner node that sends a row right strikes out the
/// leaves to its left; the lowest leaf that remains is the row's. All nodes of a tree are asked, in one fixed order, so
/// no branch depends on the data, and a row scores the same bits alone and in a batch.
package struct BoostedTrees: Sendable, Equatable {
    /// One tree as it is stored: node 0 is the root, children come after their parent, a leaf has feature -1.
    package struct Tree: Sendable, Codable, Equatable {
        package var feature: [Int]
        /// A value up to and including this goes left.
        package var threshold: [Double]
        package var left: [Int]
        package var right: [Int]
        /// The leaf's share of the sum; of an inner node the mean of the training rows that came through.
        package var value: [Double]
        /// 1 where a missing value goes left.
        package var missing: [Int]
        /// Training rows that came through; with it the means are reckoned, without it they are those of `value`.
        package var cover: [Double]?

        package init(
            feature: [Int], threshold: [Double], left: [Int], right: [Int], value: [Double], missing: [Int],
            cover: [Double]? = nil
        ) {
            self.feature = feature
            self.threshold = threshold
            self.left = left
            self.right = right
            self.value = value
            self.missing = missing
            self.cover = cover
        }
    }

    /// What a model file may hold. A mask has 64 bits, so a tree has at most 64 leaves.
    package enum Limits {
        package static let features = 256
        package static let trees = 10_000
        package static let nodes = 127
        /// No leaf of an honest model comes near this, log-odds.
        package static let value = 100.0
    }

    private struct Node: Equatable {
        var threshold: Double
        /// Leaves left when the row goes right.
        var mask: UInt64
        var feature: Int32
        var missingLeft: Bool
    }

    /// A row of a tree's plain form, for the path of a single row.
    private struct Place: Equatable {
        var threshold: Double
        /// Mean value of the leaves below, weighed by cover.
        var mean: Double
        /// -1 in a leaf.
        var feature: Int32
        var left: Int32
        var right: Int32
        var missingLeft: Bool
    }

    package let featureCount: Int
    package let treeCount: Int
    private var nodes: [Node] = []
    private var leaves: [Double] = []
    /// First node and first leaf of each tree, and the ends.
    private var nodeStarts: [Int] = [0]
    private var leafStarts: [Int] = [0]
    private var places: [Place] = []
    private var placeStarts: [Int] = []
    /// Mean score over the training rows.
    package private(set) var mean = 0.0

    /// Compiles trees over rows of `featureCount` values. Throws `ModelError` naming the tree that is broken.
    package init(_ trees: [Tree], featureCount: Int, place: String) throws(ModelError) {
        guard (1...Limits.features).contains(featureCount) else {
            throw ModelError(kind: .outOfRange, place: "\(place): features")
        }
        guard (1...Limits.trees).contains(trees.count) else {
            throw ModelError(kind: .outOfRange, place: "\(place): trees")
        }
        self.featureCount = featureCount
        treeCount = trees.count
        for (index, tree) in trees.enumerated() {
            try Self.check(tree, featureCount, "\(place): trees.\(index)")
            add(tree)
        }
    }

    /// Sizes agree, numbers are finite, features exist, and every node but the root has exactly one parent before it:
    /// then a walk down ends.
    private static func check(_ tree: Tree, _ featureCount: Int, _ place: String) throws(ModelError) {
        let count = tree.feature.count
        let sizes = [
            tree.threshold.count, tree.left.count, tree.right.count, tree.value.count, tree.missing.count,
            tree.cover?.count ?? count,
        ]
        guard (1...Limits.nodes).contains(count), sizes.allSatisfy({ $0 == count }) else {
            throw ModelError(kind: .malformed, place: "\(place).sizes")
        }
        guard tree.threshold.allSatisfy(\.isFinite), tree.value.allSatisfy({ abs($0) <= Limits.value }),
            (tree.cover ?? []).allSatisfy({ $0 >= 0 && $0 <= 1e12 }), tree.missing.allSatisfy({ $0 == 0 || $0 == 1 })
        else {
            throw ModelError(kind: .outOfRange, place: "\(place).values")
        }
        var parents = [Int](repeating: 0, count: count)
        for node in 0..<count where tree.feature[node] != -1 {
            guard (0..<featureCount).contains(tree.feature[node]) else {
                throw ModelError(kind: .outOfRange, place: "\(place).feature.\(node)")
            }
            for child in [tree.left[node], tree.right[node]] {
                guard child > node, child < count else {
                    throw ModelError(kind: .outOfRange, place: "\(place).children.\(node)")
                }
                parents[child] += 1
            }
        }
        guard parents.dropFirst().allSatisfy({ $0 == 1 }) else {
            throw ModelError(kind: .malformed, place: "\(place).children")
        }
    }

    private mutating func add(_ tree: Tree) {
        let count = tree.feature.count
        // Children come later, so one walk backwards sees them before their parents.
        var width = [Int](repeating: 1, count: count)
        var weight = tree.cover ?? [Double](repeating: 0, count: count)
        var mean = tree.value
        for node in stride(from: count - 1, through: 0, by: -1) where tree.feature[node] >= 0 {
            let (left, right) = (tree.left[node], tree.right[node])
            width[node] = width[left] + width[right]
            weight[node] = weight[left] + weight[right]
            if weight[node] > 0 {
                mean[node] = (weight[left] * mean[left] + weight[right] * mean[right]) / weight[node]
            }
        }
        var first = [Int](repeating: 0, count: count)
        var values = [Double](repeating: 0, count: width[0])
        placeStarts.append(places.count)
        for node in 0..<count {
            places.append(
                Place(
                    threshold: tree.threshold[node], mean: mean[node], feature: Int32(tree.feature[node]),
                    left: Int32(max(0, min(count - 1, tree.left[node]))),
                    right: Int32(max(0, min(count - 1, tree.right[node]))), missingLeft: tree.missing[node] == 1))
            guard tree.feature[node] >= 0 else {
                values[first[node]] = tree.value[node]
                continue
            }
            first[tree.left[node]] = first[node]
            first[tree.right[node]] = first[node] + width[tree.left[node]]
            let struck = (UInt64(1) << UInt64(width[tree.left[node]])) - 1
            nodes.append(
                Node(
                    threshold: tree.threshold[node], mask: ~(struck << UInt64(first[node])),
                    feature: Int32(tree.feature[node]), missingLeft: tree.missing[node] == 1))
        }
        leaves += values
        nodeStarts.append(nodes.count)
        leafStarts.append(leaves.count)
        self.mean += mean[0]
    }

    /// Score of one row of `featureCount` values; NaN counts as missing, and values not given as well.
    package func score(_ row: [Double]) -> Double {
        let row = padded(row)
        var sum = 0.0
        for tree in 0..<treeCount {
            var mask = UInt64.max
            for index in nodeStarts[tree]..<nodeStarts[tree + 1] {
                let node = nodes[index]
                let value = row[Int(node.feature)]
                let right = node.missingLeft ? value > node.threshold : !(value <= node.threshold)
                if right { mask &= node.mask }
            }
            sum += leaves[leafStarts[tree] + mask.trailingZeroBitCount]
        }
        return sum
    }

    private func padded(_ row: [Double]) -> [Double] {
        row.count >= featureCount ? row : row + repeatElement(.nan, count: featureCount - row.count)
    }

    /// Rows asked together; eight a step, sixty-four before the next tree.
    private static let block = 64

    /// Scores of many rows. `matrix` is feature-major: value of feature f of row i at `f × count + i`. Empty when its
    /// size is not `featureCount × count`. Bit for bit what `score` gives for each row.
    package func scores(_ matrix: [Double], count: Int) -> [Double] {
        guard count > 0, matrix.count / count == featureCount, matrix.count % count == 0 else { return [] }
        var result = [Double](repeating: 0, count: count)
        let whole = count / 8 * 8
        var start = 0
        while start < whole {
            let end = min(whole, start + Self.block)
            matrix.withUnsafeBufferPointer { matrix in
                result.withUnsafeMutableBufferPointer { result in
                    score(matrix, count, start, end, into: result)
                }
            }
            start = end
        }
        for row in whole..<count { result[row] = score((0..<featureCount).map { matrix[$0 * count + row] }) }
        return result
    }

    /// Rows `start ..< end`, a multiple of eight. Features and leaves are in range since `check`.
    private func score(
        _ matrix: UnsafeBufferPointer<Double>, _ count: Int, _ start: Int, _ end: Int,
        into result: UnsafeMutableBufferPointer<Double>
    ) {
        guard let base = matrix.baseAddress else { return }
        nodes.withUnsafeBufferPointer { nodes in
            leaves.withUnsafeBufferPointer { leaves in
                for tree in 0..<treeCount {
                    let firstLeaf = leafStarts[tree]
                    let range = nodeStarts[tree]..<nodeStarts[tree + 1]
                    for row in stride(from: start, to: end, by: 8) {
                        var mask = SIMD8<UInt64>(repeating: .max)
                        for index in range {
                            let node = nodes[index]
                            let values = UnsafeRawPointer(base + Int(node.feature) * count + row)
                                .loadUnaligned(as: SIMD8<Double>.self)
                            let right =
                                node.missingLeft ? values .> node.threshold : .!(values .<= node.threshold)
                            mask.replace(with: mask & node.mask, where: right)
                        }
                        for lane in 0..<8 {
                            result[row + lane] += leaves[firstLeaf + mask[lane].trailingZeroBitCount]
                        }
                    }
                }
            }
        }
    }

    /// What each feature added to the score of a row, along the row's path through each tree: the change of the mean at
    /// every step goes to the feature asked there. `mean` + their sum is the score, but for rounding.
    package func contributions(_ row: [Double]) -> [Double] {
        let row = padded(row)
        var result = [Double](repeating: 0, count: featureCount)
        for start in placeStarts {
            var place = places[start]
            while place.feature >= 0 {
                let value = row[Int(place.feature)]
                let right = place.missingLeft ? value > place.threshold : !(value <= place.threshold)
                let next = places[start + Int(right ? place.right : place.left)]
                result[Int(place.feature)] += next.mean - place.mean
                place = next
            }
        }
        return result
    }
}
