import Foundation
import FoundationXML

/// What an XML parser sees: which elements stand in which, in which order.
final class XMLWalk: NSObject, XMLParserDelegate {
    private(set) var sound = false
    private(set) var root: String?
    private(set) var children: [String: [[String]]] = [:]
    private(set) var namespaces: Set<String> = []
    private var found: [String: [[String: String]]] = [:]
    private var path: [(name: String, children: [String])] = []
    private(set) var text = ""

    init(_ bytes: [UInt8]) {
        super.init()
        let parser = XMLParser(data: Data(bytes))
        parser.shouldProcessNamespaces = false
        parser.delegate = self
        sound = parser.parse()
    }

    func attributes(_ element: String) -> [[String: String]] { found[element] ?? [] }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        if path.isEmpty { root = name } else { path[path.count - 1].children.append(name) }
        path.append((name, []))
        found[name, default: []].append(attributes)
        if let space = attributes["xmlns"] { namespaces.insert(space) }
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
        guard let last = path.popLast() else { return }
        if !last.children.isEmpty { children[name, default: []].append(last.children) }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
