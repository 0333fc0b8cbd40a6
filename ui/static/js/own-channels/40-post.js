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

// Times are of the viewer's zone, as the server writes them: "2026-05-01 14:30:00",
// without the date on the same day.
const zone = { timeZone: document.documentElement.dataset.zone || undefined };
const stamps = new Intl.DateTimeFormat("sv-SE", { ...zone, dateStyle: "short", timeStyle: "medium" });
const dayOf = (at) => stamps.format(at).slice(0, 10);

// writeTime fills a <time>; the page's own script makes it an age.
function writeTime(time, at) {
  const stamp = stamps.format(at);
  time.dateTime = at.toISOString();
  time.title = stamp;
  time.textContent = dayOf(at) === dayOf(new Date()) ? stamp.slice(11) : stamp;
}
const agesPlease = () => document.dispatchEvent(new Event("hilltop-times"));

// post is a message as the server writes them.
function post(p) {
  const li = document.querySelector("[data-own-post]").content.querySelector(".post").cloneNode(true);
  const at = new Date(p.first_seen);
  li.id = `m-${p.hash}`;
  li.dataset.at = at.getTime();
  li.dataset.day = dayOf(at);
  const sign = li.querySelector(".avatar");
  sign.className = `avatar ${hue(p.said.sender)}`;
  sign.textContent = letter(p.said.sender);
  const who = p.said.sender ? make("bdi", "post-who", p.said.sender) : make("span", "note", "no name");
  li.querySelector(".post-head").replaceChildren(who);
  li.querySelector(".post-text").replaceChildren(named(p.said.text));
  const link = li.querySelector(".post-meta a");
  link.href = `/packets/${p.hash}`;
  writeTime(link.querySelector("time"), at);
  link.firstChild.textContent = `${plural(p.observation_count, "copy", "copies")} `;
  const heard = [];
  if (p.hops !== null) heard.push(p.hops === p.hops_least ? plural(p.hops, "hop", "hops") : `${p.hops_least}–${p.hops} hops`);
  heard.push(plural(p.observers, "observer", "observers"));
  for (const h of heard) li.querySelector(".post-meta").insertBefore(make("span", "", h), link);
  return li;
}

function dayLine(at) {
  const li = make("li", "day");
  li.append(make("span", "", at.toLocaleDateString("en-GB", { ...zone, weekday: "long", day: "numeric", month: "long", year: "numeric" })));
  return li;
}
