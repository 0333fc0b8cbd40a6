// The shell: what another tab has set, the browser's time zone, where reading
// begins, and the menu of phones.

const settings = () => new URLSearchParams(decodeURIComponent(document.cookie.match(/(?:^|; )settings=([^;]*)/)?.[1] || ""));

// theme takes over what was chosen in another tab, when this one is looked at.
function theme() {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    const chosen = settings();
    for (const name of ["theme", "contrast", "density"]) {
      if (chosen.get(name)) document.documentElement.dataset[name] = chosen.get(name);
      else delete document.documentElement.dataset[name];
    }
  });
}

// zone tells the server where this browser is. A page that was written before
// the server knew is put in its place, with its times in this zone: before other
// scripts begin with it, which wait for that.
async function zone() {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const value = encodeURIComponent(name || "");
  const told = () => document.cookie.match(/(?:^|; )zone=([^;]*)/)?.[1] === value;
  if (!name || told()) return;
  document.cookie = `zone=${value}; path=/; max-age=34560000; samesite=lax`;
  if (!told() || settings().get("zone") || name === (document.documentElement.dataset.zone || "UTC")) return;
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(5000) });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || !fresh.documentElement.dataset.zone) return;
    document.documentElement.dataset.zone = fresh.documentElement.dataset.zone;
    for (const part of ["#banners", "#main", "#zone-say"]) document.querySelector(part).replaceWith(fresh.querySelector(part));
    if (location.hash) location.replace(location.hash); // what it points at is another element
  } catch {
    // it stays as it was written
  }
}

// forms that ask for a page leave out of its address what is not filled in, and
// show what the address says when one comes back to it.
function forms() {
  document.addEventListener("formdata", (e) => {
    if (e.target.method !== "get") return;
    for (const name of new Set(e.formData.keys())) if (e.formData.getAll(name).every((v) => v === "")) e.formData.delete(name);
  });
  addEventListener("pageshow", (e) => {
    if (!e.persisted && performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
    for (const f of document.querySelectorAll('form[method="get"]')) f.reset();
  });
}

// arrival begins at the heading when a link on our own pages led here, as a
// reader of the screen expects of a new page.
function arrival() {
  const [load] = performance.getEntriesByType("navigation");
  if (load?.type !== "navigate" || location.hash || !document.referrer.startsWith(`${location.origin}/`)) return;
  if (document.activeElement && document.activeElement !== document.body) return;
  document.querySelector("main h1")?.focus({ preventScroll: true });
}

// menus closes what a tap elsewhere or Escape should close.
function menus() {
  const shut = (but) => {
    for (const d of document.querySelectorAll(".nav-more details[open]")) if (!d.contains(but)) d.open = false;
  };
  document.addEventListener("click", (e) => shut(e.target));
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") shut(null); });
}
