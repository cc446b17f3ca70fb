import Accounts
import Testing
import Vocabulary

@Suite("Tokens for programs")
struct TokenTests {
    private func issue(
        _ scene: AccountScene, _ person: String = "wang", name: String = "nightly scan",
        scope: Set<String> = ["read", "scan"],
        expires: Int64 = 3600, at seconds: Int64 = 0
    ) throws -> String {
        try scene.book.issueToken(
            person: person, name: name, scope: scope, expires: scene.after(expires), now: scene.after(seconds))
    }

    @Test("a token names its person and scope until the second it ends")
    func expiry() throws {
        let scene = try AccountScene()
        let token = try issue(scene)
        #expect(token.hasPrefix("cm_"))
        #expect(token.utf8.count == 46)
        let identity = try #require(try scene.book.token(for: token, now: scene.after(3599)))
        #expect(identity.person == "wang")
        #expect(identity.scope == ["read", "scan"])
        #expect(try scene.book.token(for: token, now: scene.after(3600)) == nil)
        #expect(try scene.reopened().token(for: token, now: scene.after(1)) == identity)
    }

    @Test("a revoked token opens nothing, and another person's cannot be revoked")
    func revoking() throws {
        let scene = try AccountScene(["wang", "li"])
        let token = try issue(scene)
        let other = try issue(scene)
        let id = try #require(try scene.book.token(for: token, now: scene.after(1))).id
        #expect(try !scene.book.revokeToken(id: id, person: "li", now: scene.after(1)))
        #expect(try scene.book.token(for: token, now: scene.after(1)) != nil)
        #expect(try scene.book.revokeToken(id: id, person: "wang", now: scene.after(1)))
        #expect(try !scene.book.revokeToken(id: id, person: "wang", now: scene.after(2)))
        #expect(try scene.book.token(for: token, now: scene.after(1)) == nil)
        #expect(try scene.book.token(for: other, now: scene.after(1)) != nil)
        let list = try scene.book.tokens(of: "wang")
        #expect(list.map(\.revokedAt) == [nil, scene.after(1)])
        #expect(list.map(\.name) == ["nightly scan", "nightly scan"])
        #expect(try scene.book.tokens(of: "li").isEmpty)
    }

    @Test("what is no token opens nothing, nor does a session's cookie")
    func noToken() throws {
        let scene = try AccountScene()
        let token = try issue(scene)
        let cookie = try scene.cookie()
        for text in [
            "", "cm_", "cm_\0", String(token.dropLast()), token + "A", token.uppercased(), String(token.dropFirst(3)),
            cookie,
            "cm_" + cookie, " " + token, "cm_" + String(repeating: "z", count: 1 << 20),
        ] {
            #expect(try scene.book.token(for: text, now: scene.after(1)) == nil)
        }
        #expect(try scene.book.session(for: String(token.dropFirst(3)), now: scene.after(1)) == nil)
    }

    @Test("a disabled person's tokens end for good")
    func disabling() throws {
        let scene = try AccountScene(["wang", "li"])
        let token = try issue(scene)
        try scene.book.disable(person: "wang", by: "li", administrators: ["li"], now: scene.after(1))
        #expect(try scene.book.token(for: token, now: scene.after(2)) == nil)
        #expect(throws: AccountsError.isDisabled) { try issue(scene, at: 2) }
        try scene.book.enable(person: "wang", by: "li", now: scene.after(3))
        #expect(try scene.book.token(for: token, now: scene.after(4)) == nil)
    }

    @Test("names, scopes and ends that cannot be taken are refused")
    func badInput() throws {
        let scene = try AccountScene()
        let long = String(repeating: "a", count: 65)
        for name in ["", long, "a\r\nb", "a\u{202e}b"] {
            #expect(throws: AccountsError.self) { try issue(scene, name: name) }
        }
        let scopes: [Set<String>] = [[], ["read act"], [""], ["Read"], [long], Set((0..<17).map { "s\($0)" })]
        for scope in scopes {
            #expect(throws: AccountsError.self) { try issue(scene, scope: scope) }
        }
        for expires: Int64 in [0, -1, 366 * 86_400 + 1] {
            #expect(throws: AccountsError.self) { try issue(scene, expires: expires) }
        }
        #expect(throws: AccountsError.noSuchAccount) { try issue(scene, "nobody") }
        #expect(try scene.book.tokens(of: "wang").isEmpty)
    }

    @Test("a person has at most 32 tokens that are valid; ended ones do not count")
    func limit() throws {
        let scene = try AccountScene()
        for _ in 0..<32 { _ = try issue(scene, expires: 60) }
        #expect(throws: AccountsError.self) { try issue(scene) }
        let id = try #require(try scene.book.tokens(of: "wang").first?.id)
        try scene.book.revokeToken(id: id, person: "wang", now: scene.after(1))
        _ = try issue(scene, expires: 60, at: 1)
        #expect(throws: AccountsError.self) { try issue(scene, at: 1) }
        _ = try issue(scene, at: 60)
    }
}
