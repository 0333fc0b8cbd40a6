// All branches of a JSON text at once.

function folding() {
  document.addEventListener("click", (e) => {
    const b = e.target.closest("[data-fold]");
    if (!b) return;
    for (const d of b.closest(".json").querySelectorAll(".json-tree details")) d.open = b.dataset.fold === "open";
  });
}
