// openPackets shows what the keys of this browser open of the packets on the page,
// where it says that they are locked: as the server shows what it has keys for.
async function openPackets() {
  const boxes = document.querySelectorAll("[data-own-sealed]");
  const mine = boxes.length > 0 ? load() : [];
  for (const box of boxes) {
    const payload = bytesOf(box.dataset.ownSealed);
    for (const c of mine) {
      const data = box.dataset.ownKind === "data";
      const opened = (await opener(c.key, (plain) => {
        const said = (data ? dataOf : textOf)(plain);
        return said && { said, plain };
      }))(payload);
      if (!opened) continue;
      await openPacket(box, c, opened.said);
      listFields(box.dataset.ownSealed, data ? dataFields(opened.plain) : textFields(opened.plain));
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

// listFields lists the fields of what was opened where the server lists those of what
// it opens itself.
function listFields(payload, fields) {
  const place = document.querySelector(`template[data-own-plain="${payload}"]`);
  if (!place) return;
  const part = place.content.cloneNode(true);
  let at = 0;
  for (const f of fields) {
    const row = make("tr", "section");
    const cell = (className, label, ...inner) => {
      const td = make("td", className);
      if (label) td.dataset.label = label;
      td.append(...inner);
      row.append(td);
    };
    cell("lead", "", make("span", `byte byte-${f.look}`, f.name));
    cell("number", "Offset", String(at));
    cell("number", "Length", `${f.length}\u00a0B`);
    cell("value", "Value", f.hex ? make("code", "hex", f.value) : named(f.value));
    const meaning = make("div");
    if (f.note) meaning.append(named(f.note));
    if (f.bits) {
      const list = make("ul", "bits");
      for (const [bits, say] of f.bits) {
        const li = make("li", "", ` ${say}`);
        li.prepend(make("code", "", bits));
        list.append(li);
      }
      meaning.append(list);
    }
    cell(f.note ? "" : "bare", "Meaning", meaning);
    part.querySelector("tbody").append(row);
    at += f.length;
  }
  place.replaceWith(part);
}

// bytesField is a field that is shown as its bytes.
const bytesField = (name, look, bytes, more) => ({ name, look, length: bytes.length, hex: true, value: hexOf(bytes).toUpperCase(), ...more });

// textFields are the fields of a text: time, flags, words, and zeroes to whole blocks.
function textFields(plain) {
  const time = new DataView(plain.buffer, plain.byteOffset).getUint32(0, true);
  const zero = plain.indexOf(0, 5), end = zero < 0 ? plain.length : zero;
  const type = plain[4] >> 2, attempt = plain[4] & 3;
  const bits = plain[4].toString(2).padStart(8, "0");
  const fields = [
    { name: "timestamp", look: "time", length: 4, value: String(time), note: new Date(time * 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC" },
    bytesField("flags", "flags", plain.subarray(4, 5), {
      note: `text type ${type}, attempt ${attempt}`,
      bits: [[`${bits.slice(0, 6)}..`, `text type: ${type}`], [`......${bits.slice(6)}`, `attempt: ${attempt}`]],
    }),
    { name: "text", look: "name", length: end - 5, value: tidy(new TextDecoder().decode(plain.subarray(5, end))) },
  ];
  if (end < plain.length) fields.push(bytesField("padding", "unread", plain.subarray(end)));
  return fields;
}

// dataFields are the fields of an application's datagram.
function dataFields(plain) {
  const type = plain[0] | plain[1] << 8, end = 3 + plain[2];
  const fields = [
    { name: "data type", look: "name", length: 2, value: String(type), note: `0x${type.toString(16).toUpperCase().padStart(4, "0")}` },
    bytesField("data length", "flags", plain.subarray(2, 3)),
    bytesField("data", "payload", plain.subarray(3, end)),
  ];
  if (end < plain.length) fields.push(bytesField("padding", "unread", plain.subarray(end)));
  return fields;
}
