// chat shows one of the channels in place of why it is locked.
async function chat(box, channel) {
  const byte = box.dataset.own;
  const open = await opener(channel.key);
  document.querySelector("main h1").replaceChildren(named(channel.name));
  const note = document.querySelector(".chat-title .note");
  note.textContent = `read in this browser · hash byte ${byte}`;
  const block = make("section", "block chat-block");
  block.setAttribute("aria-label", "Messages, the newest last");
  const say = make("p", "chat-say note");
  say.setAttribute("role", "status");
  const scroll = make("div", "chat");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "log");
  scroll.setAttribute("aria-label", "Messages");
  const flow = make("div", "chat-flow");
  const more = make("p", "chat-turn");
  const further = make("button", "button", "Look further back");
  further.type = "button";
  more.append(further);
  more.hidden = true;
  const rows = make("ol", "messages");
  flow.append(more, rows);
  scroll.append(flow);
  const find = finder(channel, () => draw());
  const shown = () => newestFirst([...all.values()]).reverse().filter(find.fits);
  const asFile = files(channel, shown);
  block.append(find.bar, say, scroll, asFile, tools(channel));
  box.replaceChildren(block);

  const before = await recall(channel.key);
  const all = byHash(before.list); // what was kept, and what is held here
  const held = new Set(); // hashes of the latter
  let next = "", looked = 0, total = 0;
  const take = (list) => {
    for (const p of list) {
      all.set(p.hash, p);
      held.add(p.hash);
    }
  };
  const draw = () => {
    const list = shown(), words = find.wanted();
    const out = [];
    let day = "";
    for (const p of list) {
      const at = new Date(p.first_seen), of = whenOf(at).day;
      if (of !== day) out.push(dayLine(at));
      day = of;
      out.push(post(p, words));
    }
    rows.replaceChildren(...out);
    more.hidden = !next;
    find.bar.hidden = asFile.hidden = all.size === 0;
    scroll.hidden = all.size === 0 && !next;
    if (find.active()) say.textContent = `${plural(list.length, "message", "messages")} of ${plural(all.size, "message", "messages")} that are open here`;
    else if (held.size < all.size && looked > 0) say.textContent = `${plural(all.size, "message", "messages")}, ${(all.size - held.size).toLocaleString("en")} of them kept in this browser from before`;
    else if (looked === 0 && all.size > 0 && total === 0) say.textContent = `${plural(all.size, "message", "messages")} kept in this browser`;
    else if (total === 0) say.textContent = `Nothing yet: no packet with hash byte ${byte} is held.`;
    else if (all.size === 0) say.textContent = `Wrong key: none of ${plural(looked, "packet", "packets")} with hash byte ${byte} opens with it${next ? ` so far, of ${plural(total, "packet", "packets")}` : ""}. Another channel shares the byte, or the key has a mistake.`;
    else say.textContent = `${plural(all.size, "message", "messages")} in ${looked < total ? `the newest ${looked.toLocaleString("en")} of ` : ""}${plural(total, "packet", "packets")} with hash byte ${byte}`;
  };
  const keep = () => {
    const list = newestFirst([...all.values()]);
    return remember({ key: channel.key, read: Math.max(before.read, newestOf(list)), list });
  };
  const back = async () => {
    further.disabled = true;
    try {
      const enough = held.size + 100;
      for (let n = 0; n < far && held.size < enough; n++) {
        const got = await ask(byte, next);
        take(opened(open, got.packets, all));
        looked += got.packets.length;
        ({ total, next } = got);
        if (!next) break;
      }
      draw();
      await keep();
    } catch (e) {
      say.textContent = e.message;
    }
    further.disabled = false;
  };
  further.addEventListener("click", back);
  if (all.size > 0) draw();
  else say.textContent = "Opening…";
  await back();

  let busy = false;
  document.addEventListener("hilltop-change", async () => {
    if (busy || document.hidden || Math.abs(scroll.scrollTop) > 24) return;
    busy = true;
    try {
      const got = await ask(byte, "", 50);
      const fresh = opened(open, got.packets, all).filter((p) => all.get(p.hash)?.observation_count !== p.observation_count);
      looked += Math.max(0, got.total - total);
      total = got.total;
      take(fresh);
      for (const old of newestFirst([...all.values()]).slice(2000)) {
        all.delete(old.hash);
        held.delete(old.hash);
      }
      if (fresh.length > 0) {
        draw();
        await keep();
      }
    } catch {
      // the next change asks again
    }
    setTimeout(() => { busy = false; }, 2000);
  });
}
