// Buttons that copy. The clipboard is there only on addresses that browsers
// call secure; elsewhere the text is selected instead.

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const from = (button.closest("dd, .snippet, header") || button.parentElement).querySelector("code, bdi, a");
    if (from) getSelection().selectAllChildren(from);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

function copying() {
  document.documentElement.classList.add("js");
  document.addEventListener("click", (e) => {
    const b = e.target.closest("[data-copy]");
    if (b) copy(b);
  });
}
