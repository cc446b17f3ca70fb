import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A form with parts on its way in: fields are gathered, the one file goes to disk as it comes. Before its first byte
/// is kept the desk is asked whether this person may bring one there, and how long it may be.
struct UploadArrival: Sendable {
    enum Outcome {
        case arrived(OfficeCall)
        case refused(HTTPResponse.Status)
    }

    /// Fields of a form with a file, together.
    static let fieldBytes = 256 << 10

    let desk: OfficeDesk
    let folder: UploadFolder?

    private struct Arriving {
        var field: String
        var name: String
        var path: String
        var handle: FileHandle
        var limit: Int
        var bytes = 0
    }

    func take(_ request: Request, _ reader: MultipartReader, _ call: OfficeCall) async -> Outcome {
        var call = call
        call.fields = [:]
        var reader = reader
        var arriving: Arriving?
        var fieldBytes = 0
        func refuse(_ status: HTTPResponse.Status) -> Outcome {
            if let arriving {
                try? arriving.handle.close()
                try? FileManager.default.removeItem(atPath: arriving.path)
            }
            if let file = call.file { try? FileManager.default.removeItem(atPath: file.path) }
            return .refused(status)
        }
        do {
            for try await piece in request.body {
                for event in try reader.feed(piece.readableBytesView) {
                    switch event {
                    case .field(let name, let value):
                        fieldBytes += name.utf8.count + value.utf8.count
                        guard fieldBytes <= Self.fieldBytes else { return refuse(.contentTooLarge) }
                        call.fields?[name] = value
                    case .file(let name, let fileName):
                        guard arriving == nil, call.file == nil else { return refuse(.badRequest) }
                        let limit = desk.fileLimit(call)
                        // Not theirs, or not with this token: the answer to the form without its file tells.
                        guard limit > 0, let folder else { return .arrived(call) }
                        let (path, handle) = try folder.make()
                        arriving = Arriving(field: name, name: fileName, path: path, handle: handle, limit: limit)
                    case .bytes(let bytes):
                        guard let file = arriving else { return refuse(.badRequest) }
                        guard file.bytes + bytes.count <= file.limit else { return refuse(.contentTooLarge) }
                        arriving?.bytes += bytes.count
                        try file.handle.write(contentsOf: bytes)
                    case .fileEnd:
                        guard let file = arriving else { return refuse(.badRequest) }
                        try file.handle.close()
                        call.file = UploadedFile(field: file.field, path: file.path, name: file.name, bytes: file.bytes)
                        arriving = nil
                    case .end: break
                    }
                }
            }
            try reader.finish()
        } catch is MultipartReader.Fault {
            return refuse(.badRequest)
        } catch {
            // The sender went away half-way, or the disk is full: nothing of it stays.
            return refuse(arriving == nil ? .badRequest : .init(code: 507))
        }
        return .arrived(call)
    }
}
