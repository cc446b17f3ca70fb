import Casebook
import Reports
import Vocabulary

/// One address of the server, as data: the router, the list of the interface and the tests of roles read the same rows.
struct Route: Sendable {
    enum Kind: String, Sendable {
        /// A page, in both languages.
        case page
        /// A form's target: the session's token is asked for.
        case act
        /// JSON under `/api/v1`.
        case record
    }

    struct Parameter: Sendable {
        var name: String
        var note: String

        init(_ name: String, _ note: String) {
            self.name = name
            self.note = note
        }
    }

    var kind: Kind
    /// Segments; one that begins with `:` is a name.
    var path: String
    /// What the matrix must give; nil = whoever is logged in.
    var action: AccessAction?
    var note: String
    var query: [Parameter] = []
    /// Fields of the form or of the JSON object that is sent.
    var fields: [Parameter] = []
    /// Longest file that may come with the form, bytes; 0 = none may.
    var fileLimit = 0
    var answer: @Sendable (Visit) throws -> Answer

    var isPost: Bool { kind == .act || !fields.isEmpty }

    static let all = pages + acts + records
}

/// The routes as others may read them: what is there, and what the matrix must give for it.
package struct RouteList: Sendable {
    /// `/` for pages and forms, `/api/v1/` for records.
    package var prefix: String
    package var path: String
    package var action: AccessAction?
    package var isPost: Bool
    /// Of one paper or file that somebody brought, not of a place or case.
    package var isOfOneThing: Bool { path.hasPrefix("uploads/") || path.contains(":item") }

    package static let all = Route.all.map {
        RouteList(
            prefix: $0.kind == .record ? "/api/v1/" : "/", path: $0.path, action: $0.action, isPost: $0.isPost)
    }
}

extension Route {
    private static let paging = [
        Parameter("offset", "first row, from 0"), Parameter("limit", "rows, at most 1000"),
    ]
    static let asOf = Parameter("asof", "day, YYYY-MM-DD: as it was known at the end of it")

    static let pages: [Route] = [
        Route(
            kind: .page, path: "", action: .rollUp, note: "overview of what is in scope",
            query: [asOf, Parameter("days", "length of the window, days")]
        ) { .page(try $0.overview()) },
        Route(kind: .page, path: "unit/:id", action: .rollUp, note: "a unit and what lies below it") {
            .page(try $0.unit($0.segments["id"] ?? ""))
        },
        Route(
            kind: .page, path: "sites", action: .caseRead, note: "places, the likeliest first",
            query: SiteFilter.parameters + paging
        ) { .page(try $0.sites()) },
        Route(kind: .page, path: "site/:id", action: .caseRead, note: "a place with its evidence") {
            .page(try $0.site($0.segments["id"] ?? ""))
        },
        Route(kind: .page, path: "site/:id/report", action: .caseRead, note: "the printable report of a place") {
            .bytes(try $0.report($0.segments["id"] ?? ""))
        },
        Route(
            kind: .page, path: "cases", action: .caseRead, note: "cases, the one that is due first at the top",
            query: CaseFilter.parameters + paging
        ) { .page(try $0.cases()) },
        Route(kind: .page, path: "case/:id", action: .caseRead, note: "a case: what was done, what may be done") {
            .page(try $0.casePage($0.segments["id"] ?? ""))
        },
        Route(
            kind: .page, path: "case/:id/evidence/:item", action: .caseRead,
            note: "a paper of a case, as it was brought"
        ) { try $0.paper($0.segments["id"] ?? "", $0.segments["item"] ?? "") },
        Route(kind: .page, path: "notices", action: .caseRead, note: "what is due, late and new") {
            .page(try $0.notices())
        },
        Route(
            kind: .page, path: "wall", action: .rollUp, note: "the overview for a screen on the wall", query: [asOf]
        ) { .page(try $0.wall()) },
        Route(kind: .page, path: "public", action: .rollUp, note: "figures that may be published, small ones left out")
        {
            .page(try $0.published())
        },
        Route(kind: .page, path: "operator", action: .scan, note: "lines and servers, without places and cases") {
            .page(try $0.operatorPage())
        },
        Route(kind: .page, path: "uploads", action: .scan, note: "files that were sent") { .page(try $0.uploads()) },
        Route(kind: .page, path: "uploads/:id", action: .scan, note: "a file that was sent, and what was found in it") {
            .page(try $0.upload($0.segments["id"] ?? ""))
        },
        Route(kind: .page, path: "uploads/:id/events", action: .scan, note: "how far a file is, as events") {
            try $0.uploadEvents($0.segments["id"] ?? "")
        },
        Route(kind: .page, path: "leads", action: .lead, note: "leads from outside", query: paging) {
            .page(try $0.leads())
        },
        Route(kind: .page, path: "exemptions", action: .caseRead, note: "lawful high loads and when they end") {
            .page(try $0.exemptions())
        },
        Route(kind: .page, path: "facilitators", action: .caseRead, note: "what serves several cases") {
            .page(try $0.facilitators())
        },
        Route(kind: .page, path: "returns", action: .rollUp, note: "weekly returns as frozen") {
            .page(try $0.returns())
        },
        Route(kind: .page, path: "health", action: .rollUp, note: "what data there is, how fresh, what was refused") {
            .page(try $0.health())
        },
        Route(kind: .page, path: "method", action: nil, note: "models, rates and limits") { .page(try $0.method()) },
        Route(
            kind: .page, path: "audit", action: .audit, note: "who did, saw and took out what",
            query: [Parameter("before", "rows with a lower number"), Parameter("limit", "rows, at most 1000")]
        ) { .page(try $0.audit()) },
        Route(kind: .page, path: "users", action: .users, note: "people and what they may do") {
            .page(try $0.users())
        },
    ]

    static let acts: [Route] = [
        Route(
            kind: .act, path: "case/:id/step", action: .caseRead, note: "takes a step with a case",
            fields: [
                Parameter("step", "identifier of the step"),
                Parameter("version", "the case's version when it was read"),
                Parameter("role", "the hat that is worn"), Parameter("reason", "why"),
            ]
        ) { try $0.takeStep($0.segments["id"] ?? "") },
        Route(
            kind: .act, path: "case/:id/undo", action: .caseRead, note: "takes the last step back, as a new event",
            fields: [
                Parameter("version", "the case's version when it was read"), Parameter("role", "the hat that is worn"),
                Parameter("reason", "why"),
            ]
        ) { try $0.undoStep($0.segments["id"] ?? "") },
        Route(
            kind: .act, path: "case/:id/comment", action: .caseRead, note: "writes beside a case",
            fields: [Parameter("text", "what is written")]
        ) { try $0.comment($0.segments["id"] ?? "") },
        Route(
            kind: .act, path: "case/:id/attach", action: .caseRead, note: "brings a photograph or paper to a case",
            fields: [Parameter("note", "what it shows"), Parameter("file", "the paper")], fileLimit: Visit.paperLimit
        ) { try $0.attach($0.segments["id"] ?? "") },
        Route(
            kind: .act, path: "upload", action: .scan, note: "sends a capture or a meter file",
            fields: [Parameter("file", "the file")], fileLimit: Visit.uploadLimit
        ) { try $0.takeUpload() },
        Route(
            kind: .act, path: "site/:id/unmask", action: .personal,
            note: "shows a masked field, and writes down to whom",
            fields: [Parameter("field", "name of the field"), Parameter("reason", "why")]
        ) { try $0.unmask($0.segments["id"] ?? "") },
        Route(
            kind: .act, path: "users/add", action: .users, note: "makes a person, who can do nothing yet",
            fields: [Parameter("id", "identifier"), Parameter("name", "name")]
        ) { try $0.addPerson() },
        Route(
            kind: .act, path: "users/grant", action: .users, note: "gives a role, or takes it back",
            fields: [
                Parameter("person", "identifier"), Parameter("role", "role of the matrix"), Parameter("unit", "code"),
                Parameter("given", "yes or no"), Parameter("reason", "why"),
            ]
        ) { try $0.grant() },
    ]

    static let records: [Route] = [
        Route(
            kind: .record, path: "figures", action: .rollUp, note: "the figures K01 to K22",
            query: [asOf, Parameter("from", "first day"), Parameter("to", "first day no longer counted")]
        ) { try $0.figureRecords() },
        Route(kind: .record, path: "units", action: .rollUp, note: "the places of each unit added up") {
            try $0.unitRecords()
        },
        Route(
            kind: .record, path: "sites", action: .caseRead, note: "places, the likeliest first",
            query: SiteFilter.parameters + paging
        ) { try $0.siteRecords() },
        Route(kind: .record, path: "sites/:id", action: .caseRead, note: "a place with its evidence") {
            try $0.siteRecord($0.segments["id"] ?? "")
        },
        Route(
            kind: .record, path: "sites/:id/curve", action: .rawMeter, note: "least and most load by piece of time",
            query: [
                Parameter("from", "nanoseconds since 1970"), Parameter("to", "nanoseconds since 1970"),
                Parameter("pieces", "at most 4000"),
            ]
        ) { try $0.curveRecord($0.segments["id"] ?? "") },
        Route(
            kind: .record, path: "cases", action: .caseRead, note: "cases, the one that is due first at the top",
            query: CaseFilter.parameters + paging
        ) { try $0.caseRecords() },
        Route(kind: .record, path: "cases/:id", action: .caseRead, note: "a case with its steps and evidence") {
            try $0.caseRecord($0.segments["id"] ?? "")
        },
        Route(
            kind: .record, path: "cases/:id/steps", action: .caseRead, note: "takes a step with a case",
            fields: [
                Parameter("step", "identifier of the step"),
                Parameter("version", "the case's version when it was read"),
                Parameter("role", "the hat that is worn"), Parameter("unit", "the desk"), Parameter("reason", "why"),
                Parameter("fields", "what the step needs, as in Docs/Formats/casebook.md"),
            ]
        ) { try $0.stepRecord($0.segments["id"] ?? "") },
        Route(kind: .record, path: "cases/:id/comments", action: .caseRead, note: "what was written beside a case") {
            try $0.commentRecords($0.segments["id"] ?? "")
        },
        Route(
            kind: .record, path: "cases/:id/comments", action: .caseRead, note: "writes beside a case",
            fields: [Parameter("text", "what is written")]
        ) { try $0.commentRecord($0.segments["id"] ?? "") },
        Route(kind: .record, path: "uploads", action: .scan, note: "files that this person sent") {
            try $0.uploadRecords()
        },
        Route(
            kind: .record, path: "uploads", action: .scan, note: "sends a capture or a meter file",
            fields: [Parameter("file", "the file, as a part of a form")], fileLimit: Visit.uploadLimit
        ) { visit in
            _ = try visit.takeUpload()
            return try visit.uploadRecords()
        },
        Route(kind: .record, path: "lines", action: .scan, note: "sessions by line and by server") {
            try $0.operatorRecords()
        },
        Route(kind: .record, path: "leads", action: .lead, note: "leads from outside", query: paging) {
            try $0.leadRecords()
        },
        Route(
            kind: .record, path: "audit", action: .audit, note: "rows of the audit log, the newest first",
            query: [Parameter("before", "rows with a lower number"), Parameter("limit", "rows, at most 1000")]
        ) { try $0.auditRecords() },
    ]
}
