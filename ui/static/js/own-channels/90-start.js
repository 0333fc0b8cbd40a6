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
  if (channel && !(asked && channel.name !== asked && await sharedHere(box, asked))) await chat(box, channel);
  else if (asked) await sharedHere(box, asked);
}

// sharedHere offers a hashtag channel that a link names and this browser does not
// read: its key follows from its name. It tells whether it could.
async function sharedHere(box, name) {
  if (!name.startsWith("#")) return false;
  const c = await keyOf(name, "");
  if (await byteOf(c.key) !== box.dataset.own) return false;
  const open = make("button", "button primary"), says = make("span", "", "Read ");
  says.append(named(line(name)), " in this browser");
  open.append(says);
  open.type = "button";
  open.addEventListener("click", () => {
    save([c, ...load().filter((o) => o.key !== c.key)]);
    location.reload();
  });
  const way = make("div", "actions pad");
  way.append(open);
  box.querySelector(".block").append(make("p", "pad note", "The link that led here names a hashtag channel with this hash byte; its key follows from the name."), way);
  return true;
}

start();
addEventListener("hashchange", () => { if (new URLSearchParams(location.hash.slice(1)).has("own")) location.reload(); });
