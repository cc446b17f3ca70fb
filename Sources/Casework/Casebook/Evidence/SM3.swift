import COpenSSL

/// SM3 (GB/T 32905) of libcrypto, fed piece by piece. It can be had or not: a libcrypto may be built without it.
struct SM3: ~Copyable {
    private let context: OpaquePointer

    /// Nil when this libcrypto has no SM3.
    init?() {
        guard let context = EVP_MD_CTX_new() else { return nil }
        guard let kind = EVP_sm3(), EVP_DigestInit_ex(context, kind, nil) == 1 else {
            EVP_MD_CTX_free(context)
            return nil
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// False when libcrypto would not take the bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return true }
        return EVP_DigestUpdate(context, start, bytes.count) == 1
    }

    /// 32 bytes; nil when libcrypto failed. Call it once.
    consuming func finish() -> [UInt8]? {
        var length: UInt32 = 0
        var whole = true
        let digest = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            whole = EVP_DigestFinal_ex(context, buffer.baseAddress, &length) == 1
            count = whole ? Int(length) : 0
        }
        return whole && digest.count == 32 ? digest : nil
    }
}
