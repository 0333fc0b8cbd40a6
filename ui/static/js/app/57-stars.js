// Stars of rows: pressing one does not load the page again, and rows that come in
// live, made for all viewers alike, get the viewer's own.

function starCookie() {
  const found = document.cookie.split("; ").find((c) => c.startsWith("stars="));
  return found ? found.slice(6).split(".") : [];
}

// writeStars sets the stars of nodes' rows that came in live.
function writeStars(el) {
  const own = starCookie();
  for (const b of el.querySelectorAll('.star[value^="node:"]')) b.setAttribute("aria-pressed", own.includes(b.value.slice(5)));
}

// star changes one, and every row's star of that value: a live row may have come
// instead of the one that was pressed.
async function star(b, action) {
  const on = b.getAttribute("aria-pressed") !== "true";
  try {
    await request(action, { method: "POST", redirect: "manual", body: new URLSearchParams({ toggle: b.value, back: "/" }) });
    for (const same of [b, ...document.querySelectorAll(".star")]) if (same.value === b.value) same.setAttribute("aria-pressed", String(on));
  } catch {
    // it stays as it is: this machine cannot be reached
  }
  b.removeAttribute("aria-busy");
}

function starring() {
  let before = Promise.resolve(); // one at a time: each answer sets the cookie of all
  document.addEventListener("click", (e) => {
    const b = e.target.closest(".star");
    if (!b) return;
    e.preventDefault();
    if (b.getAttribute("aria-busy")) return;
    if (e.detail) b.blur(); // a row with the focus waits with what is new
    b.setAttribute("aria-busy", "true");
    const { action } = b.form;
    before = before.then(() => star(b, action));
  });
}
