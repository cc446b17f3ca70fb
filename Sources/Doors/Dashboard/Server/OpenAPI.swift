import Foundation

/// The interface as an OpenAPI 3.1 document, made from the routes themselves.
enum OpenAPI {
    private struct Document: Encodable {
        var openapi = "3.1.0"
        var info: Info
        var paths: [String: [String: Operation]]
        var components: Components
        var security = [["session": [String]()], ["token": [String]()]]
    }

    private struct Info: Encodable {
        var title = "Countermine"
        var version: String
    }

    private struct Operation: Encodable {
        var operationId: String
        var summary: String
        var parameters: [Parameter]
        var requestBody: Body?
        var responses: [String: Response]
    }

    private struct Parameter: Encodable {
        var name: String
        var place: String
        var required: Bool
        var description: String
        var schema = ["type": "string"]

        enum CodingKeys: String, CodingKey {
            case name, required, description, schema
            case place = "in"
        }
    }

    private struct Body: Encodable {
        var required = true
        var content: [String: Media]
    }

    private struct Media: Encodable { var schema: Schema }

    private struct Schema: Encodable {
        var type = "object"
        var properties: [String: Property]
    }

    private struct Property: Encodable {
        var type = "string"
        var description: String
    }

    private struct Response: Encodable { var description: String }

    private struct Components: Encodable {
        var securitySchemes = [
            "session": Scheme(type: "apiKey", name: "countermine", place: "cookie", scheme: nil),
            "token": Scheme(type: "http", name: nil, place: nil, scheme: "bearer"),
        ]
    }

    private struct Scheme: Encodable {
        var type: String
        var name: String?
        var place: String?
        var scheme: String?

        enum CodingKeys: String, CodingKey {
            case type, name, scheme
            case place = "in"
        }
    }

    static func document(version: String) -> [UInt8] {
        var paths: [String: [String: Operation]] = [:]
        for route in Route.records {
            let path = "/api/v1/" + route.path.split(separator: "/").map(template).joined(separator: "/")
            let names = route.path.split(separator: "/").filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) }
            let inPath = names.map {
                Parameter(name: $0, place: "path", required: true, description: "identifier")
            }
            let inQuery = route.query.map {
                Parameter(name: $0.name, place: "query", required: false, description: $0.note)
            }
            let properties = Dictionary(
                route.fields.map { ($0.name, Property(description: $0.note)) }, uniquingKeysWith: { $1 })
            let operation = Operation(
                operationId: operation(route), summary: route.note, parameters: inPath + inQuery,
                requestBody: route.fields.isEmpty
                    ? nil : Body(content: ["application/json": Media(schema: Schema(properties: properties))]),
                responses: [
                    "200": Response(description: "JSON"), "400": Response(description: "a parameter does not parse"),
                    "401": Response(description: "no login"),
                    "404": Response(description: "not there, or not this reader's to see"),
                    "409": Response(description: "refused, with every reason"),
                ])
            paths[path, default: [:]][route.isPost ? "post" : "get"] = operation
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = Document(info: Info(version: version), paths: paths, components: Components())
        return ((try? encoder.encode(document)).map { Array($0) } ?? []) + [0x0A]
    }

    private static func template(_ segment: Substring) -> String {
        segment.hasPrefix(":") ? "{\(segment.dropFirst())}" : String(segment)
    }

    private static func operation(_ route: Route) -> String {
        (route.isPost ? "post" : "get")
            + route.path.split(separator: "/").map {
                $0.hasPrefix(":") ? "One" : $0.prefix(1).uppercased() + $0.dropFirst()
            }
            .joined()
    }
}
