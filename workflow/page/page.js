// What the page does: a list of artists in, the artists next to them out.

const FORMS = {"<u4": Uint32Array, "<f4": Float32Array, "<f8": Float64Array};
const SHOWN = 50, REASONS = 3;  // artists at a time, reasons an artist
const SLICE = 30;  // milliseconds of work before the page may answer

const unpack = ({form, base64}) => new FORMS[form](Uint8Array.from(atob(base64), letter => letter.charCodeAt(0)).buffer);
const by = id => document.getElementById(id);

const made = JSON.parse(by("made").textContent);
for (const [name, part] of Object.entries(made.filter)) if (part.form) made.filter[name] = unpack(part);
const graph = new GraphFilter(made.filter);
const names = new Names(made.names, graph.listeners);

// Plays by number of the artists of a list, as listed() has it, and what is to be said of it. all: whether find() has
// looked for each of them.
function understood(list, all) {
  const plays = new Map(), unknown = [], taken = [];
  for (const [name, count] of list.plays) {
    const artist = names.known(name);
    if (artist === undefined) unknown.push(name);
    else {
      plays.set(artist, (plays.get(artist) ?? 0) + count);
      if (name.toLowerCase() !== made.names[artist].toLowerCase()) taken.push(`${name} is taken for ${made.names[artist]}`);
    }
  }
  const said = [];
  if (plays.size) said.push(`${many(plays.size, "artist")} found`);
  if (taken.length) said.push(named(taken));
  if (unknown.length && all) said.push(`Not in the data: ${named(unknown)}`);
  if (list.wrong.length) said.push(`Left out: ${named(list.wrong)}`);
  return {plays, said: said.map(one => `${one}. `).join("")};
}

let weights = new Map(), scores = null, shown = SHOWN;
let turn = 0, reading = 0, taking = 0;  // what was begun before the last of its kind ends by itself

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// A new text: recommendations from the names that are known at once, and then from those that are found by likeness, too.
function read() {
  by("added").textContent = "";
  const list = listed(by("artists").value), unknown = [...list.plays.keys()].filter(name => names.known(name) === undefined);
  shown = SHOWN;
  compare(list, unknown, 0, ++reading);
}

// Find the unknown names of a list from number `done` on, in slices of time, so that the page answers in between.
function compare(list, unknown, done, mine) {
  if (mine !== reading) return;
  const first = done === 0, start = performance.now();
  while (done < unknown.length && performance.now() < start + SLICE) names.find(unknown[done++]);
  const all = done === unknown.length, [part, whole] = [done, unknown.length].map(count => count.toLocaleString("en"));
  by("compared").textContent = all ? "" : `Looking for a similar spelling of the other names: ${part} of ${whole} …`;
  if (first || all) recommend(list, all);
  if (!all) setTimeout(compare, 0, list, unknown, done, mine);
}

function recommend(list, all) {
  const {plays, said} = understood(list, all);
  by("found").textContent = said;
  weights = graph.weigh(plays);
  scores = plays.size ? graph.scores(weights) : null;
  show();
}

// The list, at once; then the reasons, in slices of time, so that the page answers in between.
function show() {
  const tilt = Number(by("tilt").value), place = tilt > 0 ? "more popular artists" : "rarer artists";
  by("tilted").textContent = tilt ? `${place} (${tilt})` : "in the middle: the best match";
  by("tilt").setAttribute("aria-valuetext", by("tilted").textContent);
  const best = scores ? graph.best(scores, weights, tilt, shown) : [];
  const rows = best.map(artist => {
    const row = element("li", ""), name = made.names[artist];
    row.dataset.artist = artist;
    row.append(element("span", name, {class: "artist"}));
    const address = `https://www.last.fm/search/artists?q=${encodeURIComponent(name)}`;
    row.append(" ", element("a", "look up", {
      href: address, target: "_blank", rel: "noopener noreferrer", "aria-label": `look up ${name} on Last.fm`,
    }));
    row.append(" ", element("span", many(graph.listeners[artist], "listener"), {class: "listeners"}));
    row.append(element("p", "", {class: "reasons"}));
    return row;
  });
  by("recommended").replaceChildren(...rows);
  by("more").hidden = best.length < shown;
  explain(rows, ++turn);
}

function explain(rows, mine) {
  if (mine !== turn || !rows.length) return;
  const missing = graph.unreached(rows.map(row => Number(row.dataset.artist)), weights), start = performance.now();
  while (missing.length && performance.now() < start + SLICE) graph.reach(missing.shift());
  const all = [...weights.keys()].every(artist => graph.reached.has(artist));
  const later = rows.filter(row => {
    const artist = Number(row.dataset.artist);
    if (!all && !graph.reached.has(artist)) return true;
    const words = graph.reasons(artist, weights, REASONS).map(([listen, share]) => `${made.names[listen]} ${Math.round(100 * share)}\u00a0%`);
    row.querySelector(".reasons").textContent = words.length ? `because of ${words.join(", ")}` : "";
    return false;
  });
  setTimeout(explain, 0, later, mine);
}

// Until the page has been painted; in a tab that is not in sight nothing is.
const painted = () => new Promise(done => document.hidden ? done() : requestAnimationFrame(() => setTimeout(done)));

// Files take the place of the list.
async function take(files) {
  const mine = ++taking;
  by("taken").textContent = "reading …";
  await painted();
  const plays = new Map(), seen = new Set(), said = [];
  for (const file of files) {
    try {
      const history = await isZip(file) ? await historyOfZip(file, seen) : historyOf(await textOf(file, file.name), file.name, seen);
      for (const [artist, count] of history.plays) plays.set(artist, (plays.get(artist) ?? 0) + count);
      said.push(history.said);
    } catch (error) {
      said.push(`${error.message}.`);
    }
  }
  if (mine !== taking) return;
  const replaced = listed(by("artists").value).plays.size;
  if (plays.size && replaced) said.push(`Your list of ${many(replaced, "artist")} was replaced.`);
  by("taken").textContent = said.join(" ");
  if (!plays.size) return;
  const order = [...plays].sort((one, other) => other[1] - one[1]);
  by("artists").value = order.map(([artist, count]) => `${artist},${count}`).join("\n");
  read();
}

function add() {
  const list = by("artists"), line = by("add").value.trim(), [name] = written(line) ?? [];
  if (!name) return;
  const artist = names.find(name), known = made.names[artist] ?? name;
  if (artist === undefined ? listed(list.value).plays.has(name) : weights.has(artist)) {
    by("added").textContent = `${known} is already in your list.`;
    return;
  }
  list.value = `${list.value.trimEnd()}${list.value.trim() ? "\n" : ""}${line}`;
  by("add").value = "";
  read();
}

by("artists").addEventListener("input", () => {
  if (!by("artists").value.trim()) by("taken").textContent = by("files").value = "";
  read();
});
by("tilt").addEventListener("input", show);
by("more").addEventListener("click", () => { shown += SHOWN; show(); });
by("files").addEventListener("change", event => take([...event.target.files]));
by("adding").addEventListener("submit", event => { event.preventDefault(); add(); });
by("add").addEventListener("input", () => {
  by("added").textContent = "";
  const text = by("add").value.trim();
  by("known").replaceChildren(...(text ? names.complete(text, NAMED) : []).map(name => element("option", "", {value: name})));
});
document.addEventListener("dragover", event => event.preventDefault());
document.addEventListener("drop", event => { event.preventDefault(); take([...event.dataTransfer.files]); });
read();
