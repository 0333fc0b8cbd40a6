// Buttons that copy a text, and links that copy their address. The clipboard is
// there only on addresses that browsers call secure; elsewhere the old command
// does it.

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { /* not allowed here */ }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "only-read";
  area.setAttribute("readonly", "");
  document.body.append(area);
  const back = document.activeElement;
  area.select();
  let done = false;
  try { done = document.execCommand("copy"); } catch { /* not allowed either */ }
  area.remove();
  back?.focus();
  return done;
}

async function copy(from, text) {
  const says = from.querySelector("span") || from;
  const label = from.dataset.label ||= says.textContent;
  const done = await toClipboard(text);
  if (!done) {
    const near = (from.closest("dd, .snippet, header") || from.parentElement).querySelector("code, bdi, a");
    if (near) getSelection().selectAllChildren(near);
  }
  says.textContent = done ? "Copied" : "Selected";
  setTimeout(() => { says.textContent = label; }, 1500);
}

function copying() {
  document.documentElement.classList.add("js");
  document.addEventListener("click", (e) => {
    const b = e.target.closest("[data-copy]");
    if (b) copy(b, b.dataset.copy);
    const a = e.target.closest("[data-copy-link]");
    if (a && !e.ctrlKey && !e.metaKey && !e.shiftKey) {
      e.preventDefault();
      copy(a, a.href);
    }
  });
}
