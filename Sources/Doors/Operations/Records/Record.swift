import Bytes
import Vocabulary

/// One JSON object on one line. A field that is not known is written as `null`, never left out, never 0 or "".
struct Record {
    private var json: JSONWriter

    init(kind: String) {
        json = JSONWriter()
        json.beginObject()
        field("kind", kind)
    }

    private init(json: JSONWriter) { self.json = json }

    mutating func field(_ name: String, _ value: String?) {
        json.key(name)
        if let value { json.string(value) } else { json.null() }
    }

    mutating func field(_ name: String, _ value: Int?) {
        json.key(name)
        if let value { json.int(value) } else { json.null() }
    }

    mutating func field(_ name: String, _ value: Double?) {
        json.key(name)
        if let value { json.double(value) } else { json.null() }
    }

    mutating func null(_ name: String) {
        json.key(name)
        json.null()
    }

    mutating func object(_ name: String, _ body: (inout Record) -> Void) {
        json.key(name)
        json.beginObject()
        body(&self)
        json.endObject()
    }

    mutating func strings(_ name: String, _ values: [String]) {
        json.key(name)
        json.beginArray()
        for value in values { json.string(value) }
        json.endArray()
    }

    mutating func array<Item>(_ name: String, _ items: [Item], _ body: (Item, inout Record) -> Void) {
        json.key(name)
        json.beginArray()
        for item in items {
            json.beginObject()
            body(item, &self)
            json.endObject()
        }
        json.endArray()
    }

    mutating func estimate(_ name: String, _ estimate: Estimate?, unit: String? = nil) {
        guard let estimate else { return null(name) }
        object(name) {
            $0.field("value", estimate.value)
            $0.field("low", estimate.low)
            $0.field("high", estimate.high)
            if let unit { $0.field("unit", unit) }
            if let basis = estimate.basis { $0.field("basis", basis) }
        }
    }

    /// A reason's value is its number, or its word when it has no number.
    mutating func reasons(_ name: String, _ reasons: [Reason]) {
        array(name, reasons) { reason, inner in
            inner.field("id", reason.id)
            if let count = reason.count { inner.field("count", count) }
            if let value = reason.value {
                inner.field("value", value)
            } else if let text = reason.text {
                inner.field("value", text)
            }
            if let reference = reason.reference { inner.field("reference", reference) }
            if let unit = reason.unit { inner.field("unit", unit) }
            if let weight = reason.logOdds { inner.field("log_odds", weight) }
        }
    }

    /// The finished line, without its newline.
    consuming func line() -> String {
        json.endObject()
        return json.text
    }
}
