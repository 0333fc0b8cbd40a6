// The receptions of a packet come when its row is unfolded first. Where they do
// not, the link to the packet's page stays.

async function unfold(box) {
  const from = box.dataset.from;
  if (!box.open || !from) return;
  delete box.dataset.from;
  try {
    const answer = await request(from);
    const found = answer.ok && parse(await answer.text()).querySelector("details[data-unfolded]");
    if (!found) throw new Error("no receptions");
    found.querySelector("summary").remove();
    settle(found);
    box.replaceChildren(box.querySelector("summary"), ...found.childNodes);
  } catch {
    box.dataset.from = from;
  }
}

function unfolding() {
  document.addEventListener("toggle", (e) => unfold(e.target), true); // it does not bubble
}
