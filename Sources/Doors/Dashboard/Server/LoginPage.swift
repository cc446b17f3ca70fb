/// The one page that is shown before a login. Plain, both languages, no data.
enum LoginPage {
    enum Problem: Equatable {
        case wrong
        case wait(Int)
    }

    static func page(problem: Problem?) -> Page {
        let message =
            switch problem {
            case nil: ""
            case .wrong:
                "<p role=\"alert\">口令不对。请核对启动服务的终端上显示的口令。<br><span lang=\"en\">That is not the key. It is shown on the terminal where the server was started.</span></p>"
            case .wait(let seconds):
                "<p role=\"alert\">请 \(seconds) 秒后再试。<br><span lang=\"en\">Try again in \(seconds) s.</span></p>"
            }
        let html = """
            <!doctype html>
            <html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>登录 · Countermine 清矿</title><link rel="stylesheet" href="/static/countermine.css"></head>
            <body><main class="login"><h1>Countermine 清矿</h1>\(message)
            <form method="post" action="/login"><p><label for="key">访问口令 <span lang="en">Access key</span></label></p>
            <p><input id="key" name="key" type="password" autocomplete="off" required autofocus></p>
            <p><button class="btn pri" type="submit">登录 <span lang="en">Log in</span></button></p></form>
            </main></body></html>

            """
        return Page(bytes: Array(html.utf8), contentType: "text/html; charset=utf-8")
    }

    /// The value of `key` in an urlencoded form; keys hold letters and digits only, so nothing needs unescaping.
    static func key(inForm form: String) -> String {
        for field in form.split(separator: "&") where field.hasPrefix("key=") { return String(field.dropFirst(4)) }
        return ""
    }
}
