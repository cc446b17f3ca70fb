import Casebook
import Reports
import Foundation
package struct Page: Sendable { package var bytes: [UInt8]; package var contentType: String; package init(bytes: [UInt8], contentType: String) { self.bytes = bytes; self.contentType = contentType } }
package struct Pages: Sendable { package init(snapshot: CasebookSnapshot, tiles: [ProvinceTile], version: String) throws {}
 package func render(path: String) -> Page? { nil } }
package enum StaticSite { package static func write(_ pages: Pages, to directory: URL) throws {} }
