import "./curve.js";
import "./upload.js";

// Light and dark. Without this script the page follows the system's setting.
const key = "countermine-theme";
const root = document.documentElement;
const system = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

function stored() {
  try {
    const value = localStorage.getItem(key);
    return value === "dark" || value === "light" ? value : null;
  } catch {
    return null;
  }
}

function show(theme) {
  root.dataset.theme = theme;
  document.getElementById("theme")?.setAttribute("aria-pressed", String(theme === "dark"));
}

show(stored() ?? system());
const button = document.getElementById("theme");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(key, next);
    } catch {
      // Storage may be closed to file pages; the choice then lasts as long as the page.
    }
    show(next);
  });
}
