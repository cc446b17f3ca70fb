/// Fields of one line of a corpus's label file: commas, and quotation marks around fields that hold some.
package func csvFields(_ line: String) -> [String] {
    var fields = [""]
    var quoted = false
    for character in line {
        if character == "\"" {
            quoted.toggle()
        } else if character == ",", !quoted {
            fields.append("")
        } else {
            fields[fields.count - 1].append(character)
        }
    }
    return fields
}
