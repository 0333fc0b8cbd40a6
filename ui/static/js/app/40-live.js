// One event stream a page: new rows, the banners on top, and when to look at
// the page's parts again. Nothing moves under a pointer or a focus, and nothing
// at all between a press and its click.

const root = document.documentElement;
const held = new Map(); // id of a table's body to rows that wait
let source, last = "", lostAt = 0, looking = false, looked = Date.now(), due = null, full = false, came = false;

// request is fetch that fails when no whole answer has come in time: what waits for one
// that never comes would wait for ever.
const patience = 30000; // ms
const request = (url, how = {}) => fetch(url, { ...how, signal: AbortSignal.timeout(patience) });

function parse(html) {
  const t = document.createElement("template");
  t.innerHTML = html;
  return t.content;
}

function busy(el) {
  return el.dataset.paused !== undefined || el.matches(":hover") || el.querySelector("details[open]") || el.contains(document.activeElement) && document.activeElement !== document.body ||
    !getSelection().isCollapsed && getSelection().containsNode(el, true);
}

function settle(el) {
  writeAges(el);
  writeStars(el);
}

// row puts a fragment into its table, or holds it while somebody reads there.
function row(data) {
  const cut = data.indexOf("\n");
  const [into] = data.slice(0, cut).split(" ");
  const body = document.getElementById(into);
  const el = body && parse(data.slice(cut + 1)).firstElementChild;
  if (el) come(body, el);
}

// come renews a row that is there, or adds one.
function come(body, el) {
  const there = el.id && document.getElementById(el.id);
  if (there) {
    if (there.querySelector("[open]") || there.matches(":hover") || there.contains(document.activeElement)) return;
    settle(el);
    there.replaceWith(el);
    return;
  }
  const waiting = held.get(body.id) || [];
  const same = waiting.findIndex((w) => w.id && w.id === el.id);
  if (same >= 0) {
    waiting[same] = el;
  } else {
    waiting.push(el);
    tell(body);
  }
  held.set(body.id, waiting.slice(-Number(body.dataset.max || 200)));
  if (away(body)) offer(body); else release(body);
}

// A chat grows below and is read from its end; all other lists grow on top.
const grows = (body) => body.dataset.grow === "down";

// away tells whether what is new would come in where nobody looks, or move what
// somebody looks at. At its end a chat is there to be followed.
function away(body) {
  if (!grows(body)) return body.getBoundingClientRect().top < 0 || busy(body);
  return Math.abs(body.closest(".chat").scrollTop) > 24 || !getSelection().isCollapsed && getSelection().containsNode(body, true);
}

function button(body) {
  return document.querySelector(`[data-held="${body.id.replace(/-rows$/, "")}"]`);
}

function offer(body) {
  const b = button(body);
  if (!b) return;
  const n = (held.get(body.id) || []).length;
  b.textContent = grows(body) ? `↓ ${n} new ${n === 1 ? "message" : "messages"}` : `Show ${n} new`;
  b.parentElement.hidden = n === 0;
}

// place puts a row where its time belongs; without one, on top. A row older
// than all others belongs to another page.
function place(body, el) {
  if (grows(body)) return placeBelow(body, el);
  const at = Number(el.dataset.at || Infinity);
  const next = [...body.children].find((row) => Number(row.dataset.at || 0) <= at);
  if (next || body.children.length === 0) body.insertBefore(el, next || null);
}

// placeBelow is the same for a chat, with a line before the first of a day.
function placeBelow(body, el) {
  const rows = [...body.querySelectorAll(":scope > [data-at]")];
  const at = Number(el.dataset.at || Infinity);
  const before = rows.findLast((row) => Number(row.dataset.at) <= at);
  if (!before && rows.length > 0) return;
  if (before) before.after(el); else body.append(el);
  if (before?.dataset.day === el.dataset.day || !el.dataset.daySay) return;
  const line = document.createElement("li");
  line.className = "day";
  const say = document.createElement("span");
  say.textContent = el.dataset.daySay;
  line.append(say);
  el.before(line);
}

// trim keeps a list as long as it may be.
function trim(body) {
  const most = Number(body.dataset.max || 200);
  while (body.children.length > most) (grows(body) ? body.firstElementChild : body.lastElementChild).remove();
}

function release(body) {
  for (const el of held.get(body.id) || []) {
    settle(el);
    el.classList.add("fresh");
    place(body, el);
    came = true;
  }
  held.delete(body.id);
  trim(body);
  offer(body);
  const empty = document.querySelector("[data-when-empty]");
  if (empty) empty.remove();
}

// catchUp takes over the rows of the page as it is now: those that are missing
// where the lists meet, all of them where too much has happened for that.
function catchUp(fresh) {
  for (const body of document.querySelectorAll("[data-rows]")) {
    const rows = [...fresh.getElementById(body.id)?.children || []];
    const known = rows.filter((r) => r.id);
    if (known.some((r) => document.getElementById(r.id))) {
      for (const el of known) come(body, el);
      continue;
    }
    held.delete(body.id);
    known.forEach(() => tell(body));
    body.replaceChildren(...rows);
    settle(body);
    offer(body);
  }
}

// look fetches the page again and replaces the parts that differ. all: the
// whole content, which waited for something and may have no parts yet. rows:
// also what lists have missed. What is asked for while an answer is on its way
// may not be in that answer, and is looked for once more.
async function look(all, rows) {
  const want = (more) => { due = { all: due?.all || more.all, rows: due?.rows || more.rows }; };
  want({ all, rows });
  if (looking) return;
  looking = true;
  while (due && !document.hidden) {
    const now = due;
    due = null;
    looked = Date.now();
    if (await lookOnce(now)) continue;
    want(now); // with the next look: the stream says when the machine is gone
    break;
  }
  looking = false;
}

// counted asks for how many there are alone, where that is all that changes
// beside the rows that come in.
function counted() {
  const count = document.querySelector("[data-count]");
  return count && `count=${document.getElementById(count.dataset.count).children.length}`;
}

async function lookOnce({ all, rows }) {
  try {
    const answer = await request(location.href, { headers: all ? {} : { "X-Part": !rows && counted() || "1" } });
    if (!answer.ok) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    await still();
    if (all) {
      const main = fresh.querySelector("main");
      if (main && !(document.querySelector("[data-until]") && main.querySelector("[data-until]"))) { document.querySelector("main").replaceWith(main); settle(main); }
      return true;
    }
    if (rows) catchUp(fresh);
    for (const el of document.querySelectorAll("[data-part]")) {
      const next = fresh.getElementById(el.id);
      if (!next || busy(el)) continue;
      settle(next);
      if (next.outerHTML !== el.outerHTML) el.replaceWith(next);
    }
    return true;
  } catch {
    return false;
  }
}

function pulse(on) {
  root.dataset.live = on ? "on" : "off";
  const p = document.getElementById("pulse");
  if (!p) return;
  p.classList.toggle("on", on);
  p.classList.toggle("off", !on);
  if (on) lostAt = 0; else lostAt ||= Date.now();
  const text = on ? "Live" : full ? "Too many follow" : `Off since ${whenOf(new Date(lostAt)).minute}`;
  const t = p.querySelector(".pulse-text");
  if (t.textContent !== text) t.textContent = text;
}

function beat() {
  const p = document.getElementById("pulse");
  p?.classList.remove("beat");
  requestAnimationFrame(() => p?.classList.add("beat"));
}

function open() {
  const url = new URL(document.body.dataset.live, location.href);
  if (last) url.searchParams.set("since", last);
  source = new EventSource(url);
  const on = (kind, f) => source.addEventListener(kind, (e) => { if (e.lastEventId) last = e.lastEventId; f(e.data); });
  on("hello", () => { full = false; pulse(true); });
  on("missed", () => { pulse(true); look(false, true); });
  on("row", async (data) => { await still(); beat(); row(data); });
  on("change", async () => {
    await still();
    beat();
    document.dispatchEvent(new Event("hilltop-change"));
    if (document.querySelector("[data-until]")) look(true);
    else if (document.querySelector("[data-part]:not([data-count])")) look(false);
  });
  on("banner", async (html) => { await still(); document.getElementById("banners").replaceChildren(parse(html)); });
  on("ready", () => { if (document.querySelector("[data-gated]")) look(true); });
  source.onerror = () => {
    pulse(false);
    if (source.readyState === EventSource.CLOSED) refused(url);
  };
}

// refused says why there is no stream: when as many pages follow as can, this
// one looks again by itself from time to time until there is room.
async function refused(url) {
  try {
    full = (await request(url, { method: "HEAD" })).status === 503;
  } catch {
    full = false;
  }
  pulse(false);
  if (full) look(false, true);
  setTimeout(reopen, full ? 30000 : 10000);
}

function close() {
  source?.close();
  source = undefined;
}

function reopen() {
  close();
  if (!document.hidden) open();
}

// What follows from nothing happening, such as that an observer is down, is told
// by no event: parts that are a while old are looked at again; how many there are,
// when rows came in.
const oldParts = 20000; // ms
function renew() {
  if (source?.readyState !== EventSource.OPEN || !document.querySelector("[data-part]")) return;
  const old = came && document.querySelector("[data-count]") ? oldParts / 4 : oldParts;
  if (Date.now() - looked < old) return;
  came = false;
  look(false);
}

function follow() {
  if (!document.body.dataset.live) return;
  setInterval(renew, oldParts / 4);
  // A hidden page would hold one of the few connections that browsers allow.
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else { reopen(); look(false); } });
  document.addEventListener("click", (e) => {
    const b = e.target.closest("[data-held]");
    if (!b) return;
    const body = document.getElementById(`${b.dataset.held}-rows`);
    release(body);
    if (grows(body)) body.closest(".chat").scrollTop = 0;
  });
  for (const body of document.querySelectorAll('[data-grow="down"]')) {
    body.closest(".chat").addEventListener("scroll", () => { if (!pressing && held.has(body.id) && !away(body)) release(body); }, { passive: true });
  }
  releasing();
  telling();
  open();
}
