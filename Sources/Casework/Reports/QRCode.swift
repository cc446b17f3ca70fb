import CQrencode

/// A QR code (ISO/IEC 18004, error correction level M) as squares, made by libqrencode.
///
/// Unsafe: reads the symbol's `width` × `width` bytes behind the pointer that the library gives, and frees it.
struct QRCode {
    /// Modules of a side.
    let width: Int
    /// Row by row; true = dark.
    let modules: [Bool]

    /// Nil for what does not fit into a symbol, and for an empty text.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= 1024 else { return nil }
        let symbol = bytes.withUnsafeBufferPointer { bytes in
            QRcode_encodeData(Int32(bytes.count), bytes.baseAddress, 0, QR_ECLEVEL_M)
        }
        guard let symbol else { return nil }
        defer { QRcode_free(symbol) }
        let side = Int(symbol.pointee.width)
        guard side > 0, side <= 177, let data = symbol.pointee.data else { return nil }
        width = side
        modules = (0..<side * side).map { data[$0] & 1 == 1 }
    }

    /// One path of unit squares in black on white, with the four modules of quiet zone that readers need.
    func svg(title: String) -> String {
        let side = width + 8
        var path = ""
        for row in 0..<width {
            var column = 0
            while column < width {
                var end = column
                while end < width, modules[row * width + end] { end += 1 }
                if end > column { path += "M\(column + 4) \(row + 4)h\(end - column)v1h-\(end - column)z" }
                column = end + 1
            }
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(side) \(side)\" role=\"img\" "
            + "aria-label=\"\(Reports.html(title))\" shape-rendering=\"crispEdges\">"
            + "<rect width=\"\(side)\" height=\"\(side)\" fill=\"#ffffff\"/><path fill=\"#000000\" d=\"\(path)\"/></svg>"
    }
}
