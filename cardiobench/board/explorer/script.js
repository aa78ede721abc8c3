"use strict";
// Names are put in with textContent alone, so that they stay text whatever they hold.
const data = JSON.parse(document.getElementById("data").textContent);
const metrics = new Map(data.metrics.map((metric) => [metric.key, metric]));
const find = (id) => document.getElementById(id);
const texts = {
  rank: { heading: "rank", of: (line) => line.rank, order: (line) => line.order },
  name: { heading: "model", of: (line) => line.name },
  kind: { heading: "kind", of: (line) => line.kind },
  licence: { heading: "licence", of: (line) => line.licence },
  origin: { heading: "from", of: (line) => line.origin },
  seeds: { heading: "seeds", of: (line) => line.seeds },
  group: { heading: "group", of: (line) => line.group },
};
const state = { sort: "rank", down: false, chosen: [] };
const shown = new Set(["rank", "name"]);
data.metrics.forEach((metric) => {
  const kept = !metric.task && !metric.key.startsWith("speed ");
  if (kept && metric.key !== "parameters" && metric.key !== "dimension") shown.add(metric.key);
});
if (new Set(data.lines.map((line) => line.origin)).size > 1) shown.add("origin");

function element(tag, text, names) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = text;
  if (names) made.className = names;
  return made;
}

const value = (line, key) => line.values[key]?.[0] ?? null;

function written(line, key, intervals) {
  const found = line.values[key];
  if (!found) return "-";
  const digits = metrics.get(key).digits;
  const number = (n) => n.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return found.length === 3 && intervals
    ? `${number(found[0])} [${number(found[1])}, ${number(found[2])}]` : number(found[0]);
}

const option = (select, key, text) => select.append(new Option(text, key));

function matching() {
  const wanted = find("name").value.toLowerCase();
  const [kind, licence, size, task] = ["kind", "licence", "size", "task"].map((id) => find(id).value);
  const [least, most] = size ? size.split("-").map(Number) : [0, Infinity];
  const collapsed = find("collapse").checked;
  return data.lines.filter((line) => (collapsed ? line.parent === null : line.seeds === 1)
    && line.name.toLowerCase().includes(wanted)
    && (!kind || line.kind === kind) && (!licence || line.licence === licence)
    && (!task || task in line.values)
    && (!size || ((value(line, "parameters") ?? -1) > least && value(line, "parameters") <= most)));
}

function sorted(lines) {
  const column = texts[state.sort];
  const of = column ? column.order ?? column.of : (line) => value(line, state.sort);
  const sign = state.down ? -1 : 1;
  const missing = (found) => found === null || found === undefined || found === "";
  return lines.map((line) => [of(line), line]).sort(([one], [other]) => {
    if (missing(one) || missing(other)) return missing(one) - missing(other);
    return sign * (typeof one === "number" ? one - other : one.localeCompare(other));
  }).map(([, line]) => line);
}

function heading(key) {
  const metric = metrics.get(key);
  const cell = element("th", null, metric ? "number" : "");
  const arrow = metric ? (metric.better > 0 ? " ↑" : " ↓") : "";
  const button = element("button", (metric ?? texts[key]).heading + arrow);
  button.type = "button";
  if (metric) button.title = `${metric.label}; ${metric.better > 0 ? "higher" : "lower"} is better`;
  cell.scope = "col";
  const way = state.down ? "descending" : "ascending";
  cell.setAttribute("aria-sort", state.sort === key ? way : "none");
  button.addEventListener("click", () => {
    const first = metric ? metric.better > 0 : false;
    state.down = state.sort === key ? !state.down : first;
    state.sort = key;
    draw();
    document.querySelector("#board th[aria-sort$='ending'] button").focus();
  });
  cell.append(button);
  return cell;
}

function row(line, columns) {
  const made = element("tr", null, line.kind === "baseline" ? "floor" : "");
  if (line.parent !== null) made.classList.add("seed");
  if (state.chosen.includes(line)) made.classList.add("chosen");
  const mark = element("input");
  Object.assign(mark, { type: "checkbox", checked: state.chosen.includes(line), ariaLabel: `Compare ${line.name}` });
  mark.addEventListener("change", () => choose(line));
  const first = made.insertCell();
  first.append(mark);
  const intervals = find("intervals").checked;
  columns.forEach((key) => {
    if (key === "name") {
      const cell = element("th");
      cell.scope = "row";
      cell.append(Object.assign(element("button", line.name), { type: "button" }));
      made.append(cell);
    } else {
      const text = metrics.has(key) ? written(line, key, intervals) : texts[key].of(line) ?? "-";
      made.append(element("td", text, metrics.has(key) ? "number" : ""));
    }
  });
  made.addEventListener("click", (event) => {
    if (event.target !== mark && event.target !== first) tell(line);
  });
  return made;
}

function chance(columns) {
  const made = element("tr", null, "chance floor");
  made.append(element("td"));
  columns.forEach((key) => {
    const level = metrics.get(key)?.chance;
    made.append(key === "name" ? element("th", "chance") : element("td", level?.toFixed(3), "number"));
  });
  return made;
}

function tell(line) {
  find("made-title").textContent = line.name;
  const facts = Object.entries({ ...line.made, licence: line.licence, kind: line.kind });
  find("made").querySelector("dl").replaceChildren(
    ...facts.flatMap(([key, text]) => [element("dt", key), element("dd", text)]));
  find("made").showModal();
}

function choose(line) {
  const there = state.chosen.indexOf(line);
  if (there >= 0) state.chosen.splice(there, 1);
  else state.chosen = [...state.chosen, line].slice(-2);
  document.querySelectorAll("#board tbody input").forEach((mark, at) => {
    mark.checked = state.chosen.includes(visibleLines[at]);
    mark.closest("tr").classList.toggle("chosen", mark.checked);
  });
  compare();
}

function tested(task, one, other) {
  const pairs = data.pairs[task];
  if (!pairs) return null;
  const places = [one, other].map((line) => pairs.lines.indexOf(data.lines.indexOf(line))).sort((a, b) => a - b);
  return places[0] < 0 ? null : pairs.p[places[0]][places[1] - places[0] - 1];
}

function compare() {
  find("comparison").hidden = state.chosen.length < 2;
  if (state.chosen.length < 2) return;
  const [one, other] = state.chosen;
  const head = element("tr");
  head.append(...["", one.name, other.name, "difference", "p"].map((text) => element("th", text)));
  const lines = data.metrics.filter(({ key }) => value(one, key) !== null || value(other, key) !== null)
    .map((metric) => {
      const line = element("tr");
      const [a, b] = [value(one, metric.key), value(other, metric.key)];
      const known = a !== null && b !== null;
      const apart = known ? a - b : 0;
      const p = tested(metric.key, one, other);
      const better = p !== null && p >= 0.05 ? 0 : Math.sign(apart) * metric.better;
      const sign = apart > 0 ? "+" : "";
      line.append(element("th", metric.heading), element("td", written(one, metric.key, true), "number"),
        element("td", written(other, metric.key, true), "number"),
        element("td", known ? sign + apart.toFixed(metric.digits) : "-",
          `number ${better > 0 ? "good" : better < 0 ? "bad" : ""}`),
        element("td", p === null ? "-" : p < 0.001 ? "<0.001" : p.toFixed(3), "number"));
      return line;
    });
  find("comparison").querySelector("table").replaceChildren(head, ...lines);
}

let visibleLines = [];
function draw() {
  const columns = [...Object.keys(texts), ...metrics.keys()].filter((key) => shown.has(key));
  visibleLines = sorted(matching());
  const head = element("tr");
  head.append(element("th", "compare"), ...columns.map(heading));
  document.querySelector("#board thead").replaceChildren(head);
  const lines = visibleLines.map((line) => row(line, columns));
  document.querySelector("#board tbody").replaceChildren(...lines, chance(columns));
  const many = data.lines.filter((line) => line.parent === null).length;
  find("count").textContent = `${visibleLines.length} rows shown; ${many} lines on the board.`;
  plot();
}

function shape(tag, attributes, names) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([key, text]) => made.setAttribute(key, text));
  if (names) made.setAttribute("class", names);
  return made;
}

function scale(key, points, from, to) {
  const ends = points.flatMap((line) => line.values[key]);
  let [low, high] = [Math.min(...ends), Math.max(...ends)];
  const wide = low > 0 && high / low > 20;
  const bend = wide ? Math.log10 : (number) => number;
  const room = (bend(high) - bend(low)) * 0.06 || 0.5;
  [low, high] = [bend(low) - room, bend(high) + room];
  const at = (number) => from + ((bend(number) - low) / (high - low)) * (to - from);
  const size = 10 ** Math.floor(Math.log10((high - low) / 4));
  const step = size * [1, 2, 5, 10].find((many) => (high - low) / (many * size) <= 6);
  const ticks = Array.from({ length: 8 }, (_, k) => (Math.ceil(low / step) + k) * step).filter((tick) => tick <= high);
  return { at, ticks: wide ? ticks.map((tick) => 10 ** tick) : ticks };
}

function front(points, x, y) {
  const good = (key) => (line) => value(line, key) * metrics.get(key).better;
  const [across, up] = [good(x), good(y)];
  return points.filter((line) => line.kind !== "baseline" && !points.some((other) => other.kind !== "baseline"
    && across(other) >= across(line) && up(other) >= up(line) && (across(other) > across(line) || up(other) > up(line))))
    .sort((one, other) => value(one, x) - value(other, x));
}

function point(line, x, y) {
  if (line.kind === "adapted") return shape("path", { d: `M${x} ${y - 7}L${x + 7} ${y + 6}L${x - 7} ${y + 6}Z` }, "point adapted");
  if (line.kind === "baseline") {
    return shape("path", { d: `M${x - 6} ${y - 2}h4v-4h4v4h4v4h-4v4h-4v-4h-4Z` }, "point baseline");
  }
  return shape("circle", { cx: x, cy: y, r: 6 }, "point");
}

function plot() {
  const [x, y] = [find("x").value, find("y").value];
  const points = visibleLines.filter((line) => x in line.values && y in line.values);
  const best = points.length ? front(points, x, y) : [];
  find("front").textContent = points.length
    ? `On the front: ${best.map((line) => line.name).join(", ") || "none"}.` : "No row shown has both metrics.";
  find("plot").replaceChildren();
  if (!points.length) return;
  const drawn = shape("svg", { viewBox: "0 0 800 480", role: "img" });
  drawn.setAttribute("aria-label", `${metrics.get(y).heading} against ${metrics.get(x).heading}, ${points.length} rows`);
  const [across, up] = [scale(x, points, 80, 780), scale(y, points, 420, 20)];
  const put = (text, attributes) => {
    const label = shape("text", { "text-anchor": "middle", ...attributes });
    label.textContent = text;
    drawn.append(label);
  };
  const said = ({ heading: text, better }) => `${text} (${better > 0 ? "higher" : "lower"} is better)`;
  put(said(metrics.get(x)), { x: 430, y: 468 });
  put(said(metrics.get(y)), { x: 18, y: 220, transform: "rotate(-90 18 220)" });
  [[x, across], [y, up]].forEach(([key, axis], k) => axis.ticks.forEach((number) => {
    const at = axis.at(number);
    const text = number.toLocaleString("en", { maximumFractionDigits: metrics.get(key).digits });
    put(text, k ? { x: 72, y: at + 4, "text-anchor": "end" } : { x: at, y: 440 });
    drawn.append(shape("line", k ? { x1: 80, x2: 780, y1: at, y2: at } : { x1: at, x2: at, y1: 20, y2: 420 }, "grid"));
  }));
  const path = best.map((line) => `${across.at(value(line, x))},${up.at(value(line, y))}`).join(" ");
  drawn.append(shape("polyline", { points: path }, "front"));
  points.forEach((line) => {
    const [px, py] = [across.at(value(line, x)), up.at(value(line, y))];
    const [wide, tall] = [line.values[x], line.values[y]];
    if (wide.length === 3) drawn.append(shape("line", { x1: across.at(wide[1]), x2: across.at(wide[2]), y1: py, y2: py }, "bar"));
    if (tall.length === 3) drawn.append(shape("line", { x1: px, x2: px, y1: up.at(tall[1]), y2: up.at(tall[2]) }, "bar"));
    const mark = point(line, px, py);
    const title = shape("title", {});
    title.textContent = `${line.name}: ${written(line, x, true)}; ${written(line, y, true)}`;
    mark.append(title);
    drawn.append(mark);
  });
  find("plot").append(drawn);
}

function begin() {
  find("about").textContent = `${data.suite}. Pages with the details: README.md beside this file.`;
  ["kind", "licence"].forEach((id) => {
    [...new Set(data.lines.map((line) => line[id]))].sort().forEach((text) => option(find(id), text, text));
  });
  data.metrics.filter((metric) => metric.task).forEach((metric) => option(find("task"), metric.key, metric.heading));
  ["x", "y"].forEach((id) => data.metrics.forEach((metric) => option(find(id), metric.key, metric.heading)));
  const tasks = data.metrics.filter((metric) => metric.task);
  [find("x").value, find("y").value] = tasks.length > 1 ? [tasks[1].key, tasks[0].key] : ["parameters", "dimension"];
  [...Object.entries(texts), ...metrics.entries()].forEach(([key, { heading: text }]) => {
    const [label, mark] = [element("label"), element("input")];
    Object.assign(mark, { type: "checkbox", checked: shown.has(key), disabled: key === "name", value: key });
    mark.addEventListener("change", () => { shown[mark.checked ? "add" : "delete"](key); draw(); });
    label.append(mark, ` ${text}`);
    find("columns").append(label);
  });
  ["name", "kind", "licence", "size", "collapse", "intervals"].forEach((id) => find(id).addEventListener("input", draw));
  find("task").addEventListener("input", () => {
    const task = find("task").value;
    if (task) {
      shown.add(task);
      [...document.querySelectorAll("#columns input")].find((mark) => mark.value === task).checked = true;
      [state.sort, state.down] = [task, true];
    }
    draw();
  });
  ["x", "y"].forEach((id) => find(id).addEventListener("input", plot));
  find("controls").addEventListener("submit", (event) => event.preventDefault());
  draw();
}
begin();
