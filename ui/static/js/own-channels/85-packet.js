// openPackets shows what the keys of this browser open of the packets on the page,
// where it says that they are locked: as the server shows what it has keys for.
async function openPackets() {
  const boxes = document.querySelectorAll("[data-own-sealed]");
  const mine = boxes.length > 0 ? load() : [];
  for (const box of boxes) {
    const payload = bytesOf(box.dataset.ownSealed);
    for (const c of mine) {
      const said = (await opener(c.key, box.dataset.ownKind === "data" ? dataOf : textOf))(payload);
      if (!said) continue;
      await openPacket(box, c, said);
      break;
    }
  }
}

async function openPacket(box, channel, said) {
  const href = await addressOf(channel);
  const tag = (className) => {
    const a = make("a", className);
    a.href = href;
    a.append(named(channel.name));
    return a;
  };
  const head = box.querySelector(".packet-message-head");
  head.querySelector(".packet-channel").replaceWith(tag("tag packet-channel"));
  head.append(" ", make("span", "note", "read in this browser"));
  const quote = make("blockquote");
  if (said.sender) {
    const who = make("p", "packet-message-sender");
    who.append(named(said.sender), " ", make("small", "note", "name as claimed, not signed"));
    quote.append(who);
  }
  const text = make("p", "packet-message-text", said.text);
  text.dir = "auto";
  quote.append(text);
  box.replaceChildren(head, said.text || said.sender ? quote : make("p", "note", "An empty message."));
  box.classList.remove("locked");
  const brief = document.querySelector(`[data-own-brief="${box.closest("section")?.id}"]`);
  if (!brief) return;
  brief.replaceChildren(tag("tag packet-channel"), " ");
  if (said.sender) {
    const who = make("strong", "who");
    who.append(named(said.sender));
    brief.append(who, " ");
  }
  brief.append(make("bdi", "said", line(said.text)));
}
