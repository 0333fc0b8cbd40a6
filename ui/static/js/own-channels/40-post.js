const make = (name, className, text) => {
  const el = document.createElement(name);
  if (className) el.className = className;
  if (text !== undefined) el.textContent = text;
  return el;
};
const named = (text) => make("bdi", "", text);
const plural = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const letter = (name) => (name.match(/[\p{L}\p{N}]/u)?.[0] || "·").toUpperCase();
const hue = (name) => `who-${[...utf8.encode(name)].reduce((h, b) => Math.imul(h ^ b, 16777619) >>> 0, 2166136261) % 8 + 1}`;

// marked is a text in which the words that were searched for stand out.
function marked(text, words) {
  const out = named("");
  let from = 0;
  const low = text.toLowerCase();
  const next = () => words.map((w) => ({ w, at: low.length === text.length ? low.indexOf(w, from) : -1 })).filter((f) => f.at >= 0).sort((a, b) => a.at - b.at || b.w.length - a.w.length)[0];
  for (let f = next(); f; f = next()) {
    out.append(text.slice(from, f.at), make("mark", "", text.slice(f.at, f.at + f.w.length)));
    from = f.at + f.w.length;
  }
  out.append(text.slice(from));
  return out;
}

// post is a message as the server writes them; words are those searched for, in
// lower case.
function post(p, words) {
  const li = document.querySelector("[data-own-post]").content.querySelector(".post").cloneNode(true);
  const at = new Date(p.first_seen);
  li.id = `m-${p.hash}`;
  li.dataset.at = at.getTime();
  li.dataset.day = whenOf(at).day;
  const sign = li.querySelector(".avatar");
  sign.className = `avatar ${hue(p.said.sender)}`;
  sign.textContent = letter(p.said.sender);
  const who = p.said.sender ? make("bdi", "post-who", p.said.sender) : make("span", "note", "no name");
  li.querySelector(".post-head").replaceChildren(who);
  li.querySelector(".post-text").replaceChildren(marked(p.said.text, words));
  const link = li.querySelector(".post-meta a");
  link.href = `/packets/${p.hash}`;
  const time = link.querySelector("time");
  writeTime(time, at);
  link.firstChild.textContent = `${plural(p.observation_count, "copy", "copies")} `;
  const heard = [];
  if (p.hops !== null) heard.push(p.hops === p.hops_least ? plural(p.hops, "hop", "hops") : `${p.hops_least}–${p.hops} hops`);
  heard.push(plural(p.observers, "observer", "observers"));
  if (typeof p.snr === "number") heard.push(`${p.snr < 0 ? "−" : "+"}${Math.abs(p.snr).toFixed(1)} dB`);
  for (const h of heard) li.querySelector(".post-meta").insertBefore(make("span", "", h), link);
  return li;
}

function dayLine(at) {
  const li = make("li", "day");
  li.append(make("span", "", whenOf(at).daySay));
  return li;
}
