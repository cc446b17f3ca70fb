import CZstd

/// Zstandard frames (RFC 8878), one after another.
final class ZstdExpander: Expander {
    private let context = ZSTD_createDCtx()
    private(set) var finished = false

    init() { ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, ByteLimits.zstdWindowLog) }

    deinit { ZSTD_freeDCtx(context) }

    func expand(
        _ input: [UInt8], _ range: Range<Int>, atEnd: Bool, into output: inout [UInt8], max: Int
    ) throws(InputError) -> Int {
        if range.isEmpty, finished { return 0 }
        let before = output.count
        let room = min(max, ByteLimits.blockBytes)
        output.append(contentsOf: repeatElement(0, count: room))
        var code = 0
        var source = ZSTD_inBuffer(src: nil, size: 0, pos: 0)
        var target = ZSTD_outBuffer(dst: nil, size: 0, pos: 0)
        input.withUnsafeBytes { from in
            output.withUnsafeMutableBytes { to in
                source = ZSTD_inBuffer(src: from.baseAddress.map { $0 + range.lowerBound }, size: range.count, pos: 0)
                target = ZSTD_outBuffer(dst: to.baseAddress.map { $0 + before }, size: room, pos: 0)
                code = ZSTD_decompressStream(context, &target, &source)
            }
        }
        output.removeLast(room - target.pos)
        guard ZSTD_isError(code) == 0 else {
            throw InputError(.damaged, offset: 0, detail: String(cString: ZSTD_getErrorName(code)))
        }
        finished = code == 0
        if range.isEmpty, atEnd, target.pos == 0 {
            throw InputError(.truncated, offset: 0, detail: "the zstd frame ends before its end")
        }
        return source.pos
    }
}
