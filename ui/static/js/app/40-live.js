// One event stream a page: new rows, the banners on top, and when to look at
// the page's parts again. Nothing moves under a pointer or a focus.

const root = document.documentElement;
const held = new Map(); // id of a table's body to rows that wait
let source, last = "", lostAt = 0, looking = false;

function parse(html) {
  const t = document.createElement("template");
  t.innerHTML = html;
  return t.content;
}

function busy(el) {
  return el.matches(":hover") || el.querySelector("details[open]") || el.contains(document.activeElement) && document.activeElement !== document.body ||
    !getSelection().isCollapsed && getSelection().containsNode(el, true);
}

function settle(el) {
  writeAges(el);
}

// row puts a fragment into its table, or holds it while somebody reads there.
function row(data) {
  const cut = data.indexOf("\n");
  const [into, id] = data.slice(0, cut).split(" ");
  const body = document.getElementById(into);
  if (!body) return;
  const el = parse(data.slice(cut + 1)).firstElementChild;
  if (!el) return;
  const there = id && document.getElementById(id);
  if (there) {
    if (there.querySelector("[open]") || there.matches(":hover") || there.contains(document.activeElement)) return;
    settle(el);
    there.replaceWith(el);
    return;
  }
  const waiting = held.get(into) || [];
  const same = waiting.findIndex((w) => w.id && w.id === el.id);
  if (same >= 0) waiting[same] = el; else waiting.push(el);
  held.set(into, waiting.slice(-Number(body.dataset.max || 200)));
  const away = body.getBoundingClientRect().top < 0;
  if (away || busy(body)) offer(body); else release(body);
}

function button(body) {
  return document.querySelector(`[data-held="${body.id.replace(/-rows$/, "")}"]`);
}

function offer(body) {
  const b = button(body);
  if (!b) return;
  const n = (held.get(body.id) || []).length;
  b.textContent = `Show ${n} new`;
  b.parentElement.hidden = n === 0;
}

// place puts a row where its time belongs; without one, on top. A row older
// than all others belongs to another page.
function place(body, el) {
  const at = Number(el.dataset.at || Infinity);
  const next = [...body.children].find((row) => Number(row.dataset.at || 0) <= at);
  if (next || body.children.length === 0) body.insertBefore(el, next || null);
}

function release(body) {
  for (const el of held.get(body.id) || []) {
    settle(el);
    el.classList.add("fresh");
    place(body, el);
  }
  held.delete(body.id);
  while (body.children.length > Number(body.dataset.max || 200)) body.lastElementChild.remove();
  offer(body);
  const empty = document.querySelector("[data-when-empty]");
  if (empty) empty.remove();
}

// look fetches the page again and replaces the parts that differ. all: the
// whole content, which waited for something and may have no parts yet.
async function look(all) {
  if (looking || document.hidden) return;
  looking = true;
  try {
    const answer = await fetch(location.href, { headers: all ? {} : { "X-Part": "1" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (all) {
      const main = fresh.querySelector("main");
      if (main && !(document.querySelector("[data-until]") && main.querySelector("[data-until]"))) { document.querySelector("main").replaceWith(main); settle(main); }
      return;
    }
    for (const el of document.querySelectorAll("[data-part]")) {
      const next = fresh.getElementById(el.id);
      if (!next || busy(el)) continue;
      settle(next);
      if (next.outerHTML !== el.outerHTML) el.replaceWith(next);
    }
  } catch {
    // the stream says when the machine is gone
  } finally {
    looking = false;
  }
}

function pulse(on) {
  root.dataset.live = on ? "on" : "off";
  const p = document.getElementById("pulse");
  if (!p) return;
  p.classList.toggle("on", on);
  p.classList.toggle("off", !on);
  if (on) lostAt = 0; else lostAt ||= Date.now();
  const text = on ? "Live" : `Off since ${new Date(lostAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
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
  on("hello", () => pulse(true));
  on("missed", () => { pulse(true); look(false); });
  on("row", (data) => { beat(); row(data); });
  on("change", () => {
    beat();
    if (document.querySelector("[data-until]")) look(true);
    else if (document.querySelector("[data-part]")) look(false);
  });
  on("banner", (html) => { document.getElementById("banners").replaceChildren(parse(html)); });
  on("ready", () => { if (document.querySelector("[data-gated]")) look(true); });
  source.onerror = () => {
    pulse(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(reopen, 10000);
  };
}

function close() {
  source?.close();
  source = undefined;
}

function reopen() {
  close();
  if (!document.hidden) open();
}

function follow() {
  if (!document.body.dataset.live) return;
  // A hidden page would hold one of the few connections that browsers allow.
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else { reopen(); look(false); } });
  document.addEventListener("click", (e) => {
    const b = e.target.closest("[data-held]");
    if (b) release(document.getElementById(`${b.dataset.held}-rows`));
  });
  document.addEventListener("pointerover", () => { for (const id of held.keys()) { const b = document.getElementById(id); if (b && !busy(b) && b.getBoundingClientRect().top >= 0) release(b); } });
  open();
}
