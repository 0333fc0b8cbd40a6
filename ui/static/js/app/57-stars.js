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

async function star(b) {
  b.setAttribute("aria-busy", "true");
  try {
    await fetch(b.form.action, { method: "POST", redirect: "manual", body: new URLSearchParams({ toggle: b.value, back: "/" }) });
    b.setAttribute("aria-pressed", b.getAttribute("aria-pressed") !== "true");
  } catch {
    // it stays as it is: this machine cannot be reached
  }
  b.removeAttribute("aria-busy");
}

function starring() {
  document.addEventListener("click", (e) => {
    const b = e.target.closest(".star");
    if (!b) return;
    e.preventDefault();
    if (b.getAttribute("aria-busy")) return;
    if (e.detail) b.blur(); // a row with the focus waits with what is new
    star(b);
  });
}
