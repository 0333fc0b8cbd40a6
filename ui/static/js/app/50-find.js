// Find anything: what the page of results would say, below the field as one
// types. Arrows walk through it, Enter opens.

function finding() {
  const field = document.querySelector("[data-find]");
  if (!field) return;
  const box = document.createElement("div");
  box.className = "found";
  box.hidden = true;
  field.form.append(box);
  let timer, asked = "", marked = null;
  const mark = (a) => {
    marked?.removeAttribute("data-at");
    marked = a;
    if (!a) return;
    a.dataset.at = "";
    a.scrollIntoView({ block: "nearest" });
  };
  const close = () => { box.hidden = true; mark(null); };
  const walk = (by) => {
    const all = [...box.querySelectorAll("a")];
    if (box.hidden || all.length === 0) return;
    const at = all.indexOf(marked);
    mark(all[(at < 0 && by < 0 ? all.length - 1 : at + by + all.length) % all.length]);
  };
  const ask = async () => {
    const q = field.value.trim();
    if (q === asked) { box.hidden = q === ""; return; }
    asked = q;
    if (q === "") { close(); return; }
    try {
      const answer = await request(`/search?q=${encodeURIComponent(q)}`, { headers: { "X-Part": "1" } });
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("found");
      if (!found || field.value.trim() !== q) return;
      // What is marked stays so: an answer without it came too late to be shown.
      const still = marked && [...found.querySelectorAll("a")].find((a) => a.href === marked.href);
      if (marked && !still) { asked = ""; return; }
      found.removeAttribute("id");
      box.replaceChildren(found);
      mark(still);
      box.hidden = document.activeElement !== field;
    } catch {
      close(); // Enter still leads to the page of results
    }
  };
  field.addEventListener("input", () => { mark(null); clearTimeout(timer); timer = setTimeout(ask, 150); });
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
    if (!marked || box.hidden) return;
    e.preventDefault();
    marked.click();
  });
  document.addEventListener("click", (e) => { if (!field.form.contains(e.target)) close(); });
}
