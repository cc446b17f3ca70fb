// The load curve, zoomable: the server sends the least and the most load of each piece of the time that is shown, so
// years are as quick as days. Without this script, or without an answer, the server's own picture stays.
const day = 86_400_000;
const beijing = 28_800_000;

function text(at) {
  return new Date(at + beijing).toISOString().slice(0, 16).replace("T", " ");
}

async function ask(address, from, to, pieces) {
  const query = new URLSearchParams({ pieces: String(pieces) });
  if (from !== null) query.set("from", `${BigInt(Math.round(from)) * 1_000_000n}`);
  if (to !== null) query.set("to", `${BigInt(Math.round(to)) * 1_000_000n}`);
  const answer = await fetch(`${address}?${query}`, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  const curve = await answer.json();
  return { ...curve, from: Number(BigInt(curve.start) / 1_000_000n), piece: curve.piece_s * 1000 };
}

function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function draw(canvas, curve, mark) {
  const scale = devicePixelRatio || 1;
  const wide = canvas.clientWidth;
  const high = canvas.clientHeight;
  canvas.width = wide * scale;
  canvas.height = high * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const left = 48;
  const low = high - 22;
  const count = curve.most.length;
  const top = curve.most.reduce((a, b) => (b !== null && b > a ? b : a), 0) || 1;
  const x = (place) => left + (place / Math.max(1, count)) * (wide - left - 8);
  const y = (value) => low - (Math.max(0, value) / top) * (low - 12);
  pen.font = "12px sans-serif";
  pen.fillStyle = style("--ink-2");
  pen.strokeStyle = style("--line");
  for (let line = 0; line <= 4; line += 1) {
    const value = (top * line) / 4;
    pen.beginPath();
    pen.moveTo(left, y(value));
    pen.lineTo(wide - 8, y(value));
    pen.stroke();
    pen.fillText(value >= 100 ? value.toFixed(0) : value.toPrecision(2), 2, y(value) + 4);
  }
  const span = count * curve.piece;
  for (let tick = 0; tick <= 5; tick += 1) {
    const at = curve.from + (span * tick) / 5;
    const label = span > 5 * day ? text(at).slice(0, 10) : text(at).slice(5);
    pen.fillText(label, Math.min(wide - 90, x((count * tick) / 5)), high - 6);
  }
  if (curve.since !== null && curve.since !== undefined) {
    const place = (at) => x(Math.min(count, Math.max(0, (at - curve.from) / curve.piece)));
    const a = place(curve.since);
    const b = curve.until ? place(curve.until) : x(count);
    pen.fillStyle = style("--crit-bg");
    pen.fillRect(a, 8, Math.max(0, b - a), low - 8);
    pen.strokeStyle = style("--crit");
    if (curve.since > curve.from) {
      pen.beginPath();
      pen.moveTo(a, 8);
      pen.lineTo(a, low);
      pen.stroke();
    }
  }
  pen.fillStyle = style("--c1");
  for (let place = 0; place < count; place += 1) {
    if (curve.most[place] === null) continue;
    const upper = y(curve.most[place]);
    const lower = y(curve.least[place]);
    pen.fillRect(x(place), upper - 0.75, Math.max(1, x(place + 1) - x(place)), Math.max(1.5, lower - upper + 1.5));
  }
  // Mining sessions on the same axis: a bar under the line for each, two pixels at least.
  pen.fillStyle = style("--crit");
  for (const [from, to] of curve.sessions ?? []) {
    const a = x((from - curve.from) / curve.piece);
    const b = x((to - curve.from) / curve.piece);
    if (b < left || a > wide - 8) continue;
    const start = Math.max(left, a);
    pen.fillRect(start, low + 2, Math.max(2, Math.min(wide - 8, b) - start), 5);
  }
  if (mark) {
    pen.globalAlpha = 0.2;
    pen.fillRect(Math.min(mark.a, mark.b), 8, Math.abs(mark.b - mark.a), low - 8);
    pen.globalAlpha = 1;
  }
  return { at: (pixel) => curve.from + ((pixel - left) / (wide - left - 8)) * span, place: (pixel) => Math.floor(((pixel - left) / (wide - left - 8)) * count) };
}

async function start(box) {
  const canvas = document.createElement("canvas");
  const read = document.createElement("p");
  canvas.className = "zoom";
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", box.querySelector("svg")?.getAttribute("aria-label") ?? "");
  read.className = "read";
  read.setAttribute("aria-live", "polite");
  const pieces = () => Math.min(2000, Math.max(200, Math.round(box.clientWidth)));
  let curve = await ask(box.dataset.curve, null, null, pieces());
  const whole = { from: curve.from, to: curve.from + curve.most.length * curve.piece };
  box.replaceChildren(canvas, read);
  let axes = draw(canvas, curve, null);
  let mark = null;
  const show = async (from, to) => {
    const a = Math.max(whole.from, from);
    const b = Math.min(whole.to, to);
    if (b - a < 2 * 900_000) return;
    curve = await ask(box.dataset.curve, a, b, pieces());
    axes = draw(canvas, curve, null);
  };
  canvas.addEventListener("pointerdown", (event) => {
    mark = { a: event.offsetX, b: event.offsetX };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const place = axes.place(event.offsetX);
    const most = curve.most[place];
    read.textContent = most === undefined ? "" : `${text(curve.from + place * curve.piece)}  ${most === null ? "–" : `${curve.least[place].toFixed(1)} – ${most.toFixed(1)} kW`}`;
    if (!mark) return;
    mark.b = event.offsetX;
    axes = draw(canvas, curve, mark);
  });
  canvas.addEventListener("pointerup", async () => {
    const done = mark;
    mark = null;
    if (done && Math.abs(done.a - done.b) > 6) {
      await show(axes.at(Math.min(done.a, done.b)), axes.at(Math.max(done.a, done.b)));
    } else axes = draw(canvas, curve, null);
  });
  canvas.addEventListener("dblclick", () => show(whole.from, whole.to));
  canvas.addEventListener("keydown", async (event) => {
    const from = curve.from;
    const span = curve.most.length * curve.piece;
    const moves = { "+": [span / 4, -span / 4], "-": [-span / 2, span / 2], ArrowLeft: [-span / 4, -span / 4], ArrowRight: [span / 4, span / 4], Home: [whole.from - from, whole.to - from - span] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    await show(from + move[0], from + span + move[1]);
  });
  addEventListener("resize", () => { axes = draw(canvas, curve, null); });
}

for (const box of document.querySelectorAll("[data-curve]")) {
  start(box).catch(() => {});
}
