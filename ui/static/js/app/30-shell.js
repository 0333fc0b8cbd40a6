// The shell: the theme that another tab has chosen, and where reading begins.

// theme takes over what was chosen in another tab, when this one is looked at.
function theme() {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    const chosen = document.cookie.match(/(?:^|; )theme=(light|dark)/)?.[1];
    if (chosen) document.documentElement.dataset.theme = chosen;
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
