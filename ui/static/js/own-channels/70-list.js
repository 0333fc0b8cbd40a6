// list fills the rows that the server kept free.
async function list(box) {
  const channels = load();
  save(channels);
  box.hidden = channels.length === 0;
  if (box.hidden) return;
  const rows = box.querySelector("ul");
  while (rows.children.length > channels.length) rows.lastElementChild.remove();
  while (rows.children.length < channels.length) rows.append(rows.firstElementChild.cloneNode(true));
  await Promise.all(channels.map(async (c, i) => {
    const row = rows.children[i];
    const sign = row.querySelector(".avatar");
    sign.className = `avatar ${hue(c.name)}`;
    sign.textContent = letter(c.name);
    const link = row.querySelector(".name");
    link.href = await addressOf(c);
    link.replaceChildren(named(c.name));
    const byte = await byteOf(c.key);
    const counts = row.querySelector(".chan-counts");
    const before = await recall(c.key);
    if (before.list.length > 0) {
      lastOf(row, before.list[0]);
      counts.textContent = `hash byte ${byte}`;
    }
    try {
      const got = await ask(byte, "", 100);
      const texts = opened(await opener(c.key), got.packets, byHash(before.list));
      counts.textContent = got.total === 0 ? `hash byte ${byte}` : `${plural(texts.length, "message", "messages")} in the newest ${plural(got.packets.length, "packet", "packets")} with hash byte ${byte}`;
      if (texts.length > 0) lastOf(row, texts[0]);
      else if (before.list.length === 0) row.querySelector(".chan-last").replaceChildren(make("span", "note", got.total === 0 ? "Nothing yet: no such packet is held" : "Wrong key, or another channel's packets: none opens"));
      const fresh = before.read === 0 ? 0 : texts.filter((p) => Date.parse(p.first_seen) > before.read).length;
      if (fresh > 0) unread(box, row, fresh, { ...before, read: newestOf(texts) });
    } catch (e) {
      if (before.list.length === 0) row.querySelector(".chan-last").replaceChildren(make("span", "note", e.message));
    }
  }));
}

// lastOf shows what was said last in a channel of the list.
function lastOf(row, p) {
  const last = row.querySelector(".chan-last");
  last.replaceChildren(...(p.said.sender ? [make("strong", "", "")] : []), named(line(p.said.text)));
  if (p.said.sender) last.firstChild.append(named(p.said.sender), ": ");
  const time = make("time");
  writeTime(time, new Date(p.first_seen));
  row.querySelector(".chan-when").replaceChildren(time);
}

// unread says in a row how many messages are new, until what was marked as read
// is remembered: leaving the page sooner would lose that.
function unread(box, row, n, read) {
  const badge = make("span", "unread", n > 99 ? "99+" : `${n}`);
  badge.append(make("span", "only-read", " new"));
  row.querySelector(".chan-name").append(badge);
  const mark = box.querySelector("[data-own-read]");
  mark.hidden = false;
  mark.addEventListener("click", async () => {
    await remember(read);
    badge.remove();
    mark.hidden = true;
  });
}
