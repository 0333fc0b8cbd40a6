// Find anything: what the page of results would say, below the field as one
// types. Arrows walk through it, Enter opens.

function finding() {
  const field = document.querySelector("[data-find]");
  if (!field) return;
  const box = document.createElement("div");
  box.className = "found";
  box.hidden = true;
  field.form.append(box);
  let timer, asked = "", at = -1;
  const links = () => [...box.querySelectorAll("a")];
  const close = () => { box.hidden = true; at = -1; };
  const walk = (by) => {
    const all = links();
    if (box.hidden || all.length === 0) return;
    all[at]?.removeAttribute("data-at");
    at = (at + by + all.length) % all.length;
    all[at].dataset.at = "";
    all[at].scrollIntoView({ block: "nearest" });
  };
  const ask = async () => {
    const q = field.value.trim();
    if (q === asked) { box.hidden = q === ""; return; }
    asked = q;
    if (q === "") { close(); return; }
    try {
      const answer = await fetch(`/search?q=${encodeURIComponent(q)}`, { headers: { "X-Part": "1" } });
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("found");
      if (!found || field.value.trim() !== q) return;
      found.removeAttribute("id");
      box.replaceChildren(found);
      at = -1;
      box.hidden = document.activeElement !== field;
    } catch {
      close(); // Enter still leads to the page of results
    }
  };
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 150); });
  field.addEventListener("focus", ask);
  field.addEventListener("keydown", (e) => {
    if (e.key === "ArrowDown") walk(1);
    else if (e.key === "ArrowUp") walk(-1);
    else if (e.key === "Escape") { close(); field.blur(); return; }
    else return;
    e.preventDefault();
  });
  // Enter submits the form, whether its key press is one event or two.
  field.form.addEventListener("submit", (e) => {
    if (at < 0 || box.hidden) return;
    e.preventDefault();
    links()[at].click();
  });
  document.addEventListener("click", (e) => { if (!field.form.contains(e.target)) close(); });
}
