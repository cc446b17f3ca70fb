import Foundation

/// A file that came with a form: on disk, under a name of ours.
package struct UploadedFile: Sendable, Hashable {
    /// Name of the form's field.
    package var field: String
    package var path: String
    /// As it was called where it came from: shown, never used as a path.
    package var name: String
    package var bytes: Int

    package init(field: String, path: String, name: String, bytes: Int) {
        self.field = field
        self.path = path
        self.name = UploadedFile.shown(name)
        self.bytes = bytes
    }

    /// The last part of a path, without control characters, cut to what a cell can show.
    static func shown(_ name: String) -> String {
        let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        let clean = String(
            String.UnicodeScalarView(
                last.unicodeScalars.filter { $0.properties.generalCategory != .control && $0.value != 0x202E }
                    .prefix(120)))
        return clean.isEmpty ? "file" : clean
    }
}

/// What a file is, told from its first bytes; its name says nothing.
enum FileKind: String, CaseIterable {
    case jpeg, png, webp, heic, pdf, mp4, capture, text, other

    /// What is taken into a case.
    var isPaper: Bool { self != .other }

    var ending: String {
        switch self {
        case .jpeg: "jpg"
        case .capture: "pcap"
        case .text: "txt"
        case .other: "bin"
        default: rawValue
        }
    }

    static func of(head: [UInt8]) -> FileKind {
        func begins(_ bytes: [UInt8], at place: Int = 0) -> Bool { head.dropFirst(place).starts(with: bytes) }
        func begins(_ text: String, at place: Int = 0) -> Bool { begins(Array(text.utf8), at: place) }
        if begins([0xFF, 0xD8, 0xFF]) { return .jpeg }
        if begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if begins("RIFF"), begins("WEBP", at: 8) { return .webp }
        if begins("%PDF-") { return .pdf }
        if begins("ftyp", at: 4) {
            return ["heic", "heix", "mif1", "msf1", "heif"].contains { begins($0, at: 8) } ? .heic : .mp4
        }
        let magics: [[UInt8]] = [
            [0x0A, 0x0D, 0x0D, 0x0A], [0xD4, 0xC3, 0xB2, 0xA1], [0xA1, 0xB2, 0xC3, 0xD4], [0x4D, 0x3C, 0xB2, 0xA1],
            [0xA1, 0xB2, 0x3C, 0x4D],
        ]
        if magics.contains(where: { begins($0) }) { return .capture }
        // A cut at the end may split a letter.
        let isText = (0...3).contains { String(validating: head.dropLast($0), as: UTF8.self) != nil }
        let hasControl = head.contains { $0 < 0x20 && ![0x09, 0x0A, 0x0D].contains($0) || $0 == 0x7F }
        return !head.isEmpty && isText && !hasControl ? .text : .other
    }

    /// Nil when the file cannot be read.
    static func of(path: String) -> FileKind? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        return of(head: Array((try? file.read(upToCount: 512)) ?? Data()))
    }
}

/// Where files of forms lie while they arrive. What was not taken over is taken away.
package struct UploadFolder: Sendable {
    package let path: String

    /// Makes the folder, readable by its owner alone, and empties it of what an earlier server left.
    package init(_ path: String) throws {
        self.path = path
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in try manager.contentsOfDirectory(atPath: path) {
            try manager.removeItem(atPath: path + "/" + name)
        }
    }

    /// A new empty file under a name of ours, not executable, for its owner alone.
    func make() throws -> (path: String, handle: FileHandle) {
        let place = path + "/" + UUID().uuidString + ".part"
        let descriptor = open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        return (place, FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
    }
}
