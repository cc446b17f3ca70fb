import Foundation
import Testing
import Vocabulary

@Suite struct ReasonTests {
    @Test("what could not be computed is unknown, so that every ground can be written down")
    func unknown() throws {
        for bad in [Double.nan, .infinity, -.infinity] {
            let reason = Reason(id: "x", value: bad, reference: bad, unit: "kW", logOdds: bad)
            #expect(reason.value == nil && reason.reference == nil && reason.logOdds == nil)
            #expect(try !JSONEncoder().encode(reason).isEmpty)
        }
        #expect(Reason(id: "x", value: 0).value == 0)
    }
}
