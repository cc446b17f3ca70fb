import Casebook
package struct ProvinceTile: Sendable { package init(code: String, nameZH: String, nameEN: String, letters: String, row: Int, column: Int) {} }
package enum PageLanguage: String, Sendable { case zh, en }
package struct SiteReport { package init(dossier: SiteDossier, snapshot: CasebookSnapshot, language: PageLanguage, version: String) throws {}
  package func html() -> String { "" }; package func json() -> String { "" } }
