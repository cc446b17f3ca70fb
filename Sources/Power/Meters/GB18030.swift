import Glibc

/// The text of GB18030 bytes through the C library's tables; nil when they are not valid or the tables are missing.
func decodeGB18030(_ bytes: [UInt8]) -> String? {
    guard let converter = iconv_open("UTF-8", "GB18030"), Int(bitPattern: converter) != -1 else { return nil }
    defer { iconv_close(converter) }
    var input = bytes.map { CChar(bitPattern: $0) }
    // No GB18030 character of n bytes needs more than 2n bytes of UTF-8.
    var output = [CChar](repeating: 0, count: bytes.count * 2 + 4)
    let written: Int? = input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            var from = source.baseAddress
            var to = target.baseAddress
            var fromLeft = source.count
            var toLeft = target.count
            _ = iconv(converter, &from, &fromLeft, &to, &toLeft)
            // On a bad sequence the reader stops there, so something is left.
            return fromLeft == 0 ? target.count - toLeft : nil
        }
    }
    guard let written else { return nil }
    return String(validating: output[0..<written].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
