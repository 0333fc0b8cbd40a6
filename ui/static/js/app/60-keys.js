// Keys. The list of them is on the page /help, and ? shows it here.

const rowsOf = () => [...document.querySelectorAll("main tbody > tr, main .packet, main .post, main .chan")].filter((r) => r.offsetParent);

// step marks the row after or before the one marked, for Enter to open.
function step(by) {
  const all = rowsOf();
  if (all.length === 0) return;
  const now = all.findIndex((r) => r.classList.contains("at"));
  all[now]?.classList.remove("at");
  const to = all[Math.max(0, Math.min(all.length - 1, now < 0 ? 0 : now + by))];
  to.classList.add("at");
  to.scrollIntoView({ block: "nearest" });
}

// follows goes where the first of the selectors that finds something leads.
function follows(...selectors) {
  document.querySelector(selectors.find((s) => document.querySelector(s)))?.click();
}

function find() {
  const field = document.querySelector("[data-find]");
  if (!field || !field.offsetParent) { location.href = "/search"; return; }
  field.focus();
  field.select();
}

async function showKeys() {
  let box = document.getElementById("keys-box");
  if (!box) {
    try {
      const answer = await request("/help", { headers: { "X-Part": "1" } });
      const list = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("keys");
      box = document.createElement("dialog");
      box.id = "keys-box";
      box.setAttribute("aria-label", "Keys");
      list.removeAttribute("id");
      const shut = document.createElement("button");
      shut.className = "button";
      shut.textContent = "Close";
      shut.addEventListener("click", () => box.close());
      box.append(list, shut);
      document.body.append(box);
    } catch {
      location.href = "/help#keys";
      return;
    }
  }
  if (box.open) box.close(); else box.showModal();
}

// go leads where the menu does, with what its links carry.
function go(to) {
  const link = [...document.querySelectorAll(".nav a")].find((a) => a.pathname === to);
  location.href = link ? link.href : to;
}

const places = { h: "/", p: "/packets", c: "/channels", n: "/nodes", o: "/observers", s: "/system" };
let going = 0; // when g was pressed

function pressed(e) {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); find(); return; }
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea, [contenteditable]")) return;
  const gone = e.timeStamp - going < 1500;
  going = 0;
  if (gone && places[e.key]) { go(places[e.key]); return; }
  switch (e.key) {
    case "g": going = e.timeStamp; return;
    case "?": showKeys(); break;
    case "/": (document.querySelector("[data-filter]") || document.querySelector("[data-find]"))?.focus(); break;
    case "j": step(1); break;
    case "k": step(-1); break;
    case "x": document.querySelector(".at details > summary")?.click(); break;
    case "Enter": if (e.target === document.body || e.target.matches("h1, main")) follows(".at .packet-hash a", ".at .lead a", ".at a"); return;
    case "[": follows('main [rel="prev"], main [rel="first"]'); break;
    case "]": follows('main [rel="next"]'); break;
    default: return;
  }
  e.preventDefault();
}

function keys() { document.addEventListener("keydown", pressed); }
