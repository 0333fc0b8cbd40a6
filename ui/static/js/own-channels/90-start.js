async function start() {
  await openPackets();
  if (!add) return;
  lapseOthers();
  form(add.querySelector("form"));
  const rows = document.querySelector("[data-own-list]");
  if (rows) await list(rows);
  const box = document.querySelector("[data-own]");
  if (!box) return;
  const mine = [];
  for (const c of load()) if (await byteOf(c.key) === box.dataset.own) mine.push(c);
  const asked = new URLSearchParams(location.hash.slice(1)).get("own");
  const channel = mine.find((c) => c.name === asked) || mine[0];
  if (channel) await chat(box, channel);
}

start();
addEventListener("hashchange", () => { if (new URLSearchParams(location.hash.slice(1)).has("own")) location.reload(); });
