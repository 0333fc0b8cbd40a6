// Channels whose keys this browser keeps. The machine is asked for what was sent
// under a hash byte, never by name or key; what opens is decrypted here, with
// scripts of our own origin, as browsers lend theirs to secure addresses only.
// What strangers wrote becomes text and nothing else.

const kept = "hilltop.channels";
const part = 200; // packets asked for at a time
const far = 25; // parts looked through before asking whether to go on
const utf8 = new TextEncoder();
const add = document.querySelector("[data-own-add]");

let library;
const crypt = () => library ||= import(add.dataset.crypto);

// load reads the keys; what is no key is left out.
function load() {
  try {
    const list = JSON.parse(localStorage.getItem(kept) || "[]");
    return list.filter((c) => typeof c.name === "string" && c.name && /^([0-9a-f]{32}|[0-9a-f]{64})$/.test(c.key));
  } catch {
    return [];
  }
}

// save keeps the keys, and tells the server how many there are, so that the
// list has room for them from the start.
function save(list) {
  localStorage.setItem(kept, JSON.stringify(list));
  document.cookie = `own-channels=${list.length}; path=/; max-age=34560000; samesite=lax`;
}

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) || [], (d) => parseInt(d, 16));
const hexOf = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

// keyOf makes a channel of what was typed: a hashtag, a key in hex or base64, or
// the link by which apps share one.
async function keyOf(name, text) {
  name = name.trim();
  text = text.trim();
  for (const link of [text, name]) {
    if (!link.toLowerCase().startsWith("meshcore://")) continue;
    const q = new URLSearchParams(link.split("?")[1] || "");
    if (!q.get("secret")) throw new Error("This link has no key: it begins with meshcore://channel/add and holds secret=.");
    return keyOf(link === name ? q.get("name") || "" : name || q.get("name") || "", q.get("secret"));
  }
  if (!name) throw new Error("A channel needs a name.");
  if (!text) {
    const { sha256 } = await crypt();
    if (!name.startsWith("#")) name = `#${name}`;
    return { name, key: hexOf(sha256(utf8.encode(name)).slice(0, 16)) };
  }
  if (/^([0-9a-f]{32}|[0-9a-f]{64})$/i.test(text)) return { name, key: text.toLowerCase() };
  try {
    const raw = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    if (raw.length === 16 || raw.length === 32) return { name, key: hexOf(raw) };
  } catch {
    // not base64 either
  }
  throw new Error("The key has 32 or 64 hex digits, or is a link that begins with meshcore://. A hashtag needs none.");
}

async function byteOf(key) {
  const { sha256 } = await crypt();
  return hexOf(sha256(bytesOf(key)).slice(0, 1)).toUpperCase();
}

const addressOf = async (c) => `/channels/${await byteOf(c.key)}#own=${encodeURIComponent(c.name)}`;

// opener gives what opens payloads with a key: to a text, or null. The MAC is
// two bytes of HMAC-SHA256 under the key filled with zeroes to 32 bytes, the
// cipher AES-128 in ECB mode without padding of its own.
async function opener(key) {
  const { ecb, hmac, sha256 } = await crypt();
  const secret = new Uint8Array(32);
  secret.set(bytesOf(key));
  const hash = sha256(bytesOf(key))[0];
  return (payload) => {
    const sealed = payload.subarray(3);
    if (payload[0] !== hash || sealed.length === 0 || sealed.length % 16 !== 0) return null;
    const mac = hmac(sha256, secret, sealed);
    if (mac[0] !== payload[1] || mac[1] !== payload[2]) return null;
    return textOf(ecb(secret.subarray(0, 16), { disablePadding: true }).decrypt(sealed));
  };
}

// textOf reads a plaintext: time, flags, "sender: message" up to a zero.
function textOf(plain) {
  if (plain.length < 5 || plain[4] >> 2 !== 0) return null;
  const end = plain.indexOf(0, 5);
  const said = new TextDecoder().decode(plain.subarray(5, end < 0 ? undefined : end));
  const at = said.indexOf(": ");
  const named = at > 0 && utf8.encode(said.slice(0, at)).length <= 64;
  return { sender: named ? line(said.slice(0, at)) : "", text: tidy(named ? said.slice(at + 2) : said) };
}

// tidy takes out control characters and signs that turn the direction of text;
// line makes one line of it.
const tidy = (s) => s.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "").trim();
const line = (s) => tidy(s).replace(/\s+/g, " ");

// part of what was sent under a hash byte.
async function ask(byte, before, limit = part) {
  const q = new URLSearchParams({ limit });
  if (before) q.set("before", before);
  const answer = await fetch(`/api/channels/enc_${byte}/packets?${q}`);
  if (!answer.ok) throw new Error(answer.status === 503 ? "This machine is still loading." : `This machine answers ${answer.status}.`);
  return answer.json();
}

function opened(open, packets) {
  return packets.filter((p) => p.type === 5).map((p) => ({ ...p, said: open(bytesOf(p.payload)) })).filter((p) => p.said);
}

const make = (name, className, text) => {
  const el = document.createElement(name);
  if (className) el.className = className;
  if (text !== undefined) el.textContent = text;
  return el;
};
const named = (text) => make("bdi", "", text);
const plural = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const letter = (name) => (name.match(/[\p{L}\p{N}]/u)?.[0] || "·").toUpperCase();
const hue = (name) => `who-${[...utf8.encode(name)].reduce((h, b) => Math.imul(h ^ b, 16777619) >>> 0, 2166136261) % 8 + 1}`;

// post is a message as the server writes them.
function post(p) {
  const li = document.querySelector("[data-own-post]").content.querySelector(".post").cloneNode(true);
  const at = new Date(p.first_seen);
  li.id = `m-${p.hash}`;
  li.dataset.at = at.getTime();
  li.dataset.day = at.toDateString();
  const sign = li.querySelector(".avatar");
  sign.className = `avatar ${hue(p.said.sender)}`;
  sign.textContent = letter(p.said.sender);
  const who = p.said.sender ? make("bdi", "post-who", p.said.sender) : make("span", "note", "no name");
  li.querySelector(".post-head").replaceChildren(who);
  li.querySelector(".post-text").replaceChildren(named(p.said.text));
  const link = li.querySelector(".post-meta a");
  link.href = `/packets/${p.hash}`;
  const time = link.querySelector("time");
  time.dateTime = p.first_seen;
  time.title = at.toLocaleString();
  time.textContent = at.toLocaleTimeString();
  link.firstChild.textContent = `${plural(p.observation_count, "copy", "copies")} `;
  const heard = [];
  if (p.hops !== null) heard.push(p.hops === p.hops_least ? plural(p.hops, "hop", "hops") : `${p.hops_least}–${p.hops} hops`);
  heard.push(plural(p.observers, "observer", "observers"));
  for (const h of heard) li.querySelector(".post-meta").insertBefore(make("span", "", h), link);
  return li;
}

function dayLine(at) {
  const li = make("li", "day");
  li.append(make("span", "", at.toLocaleDateString("en", { weekday: "long", day: "numeric", month: "long", year: "numeric" })));
  return li;
}

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
  block.append(say, scroll, tools(channel));
  box.replaceChildren(block);

  const all = new Map(); // by hash
  let next = "", looked = 0, total = 0;
  const draw = () => {
    const list = [...all.values()].sort((a, b) => a.first_seen < b.first_seen ? -1 : 1);
    const out = [];
    let day = "";
    for (const p of list) {
      const at = new Date(p.first_seen);
      if (at.toDateString() !== day) out.push(dayLine(at));
      day = at.toDateString();
      out.push(post(p));
    }
    rows.replaceChildren(...out);
    more.hidden = !next;
    if (total === 0) say.textContent = `Nothing yet: no packet with hash byte ${byte} is held.`;
    else if (all.size === 0) say.textContent = `Wrong key: none of ${plural(looked, "packet", "packets")} with hash byte ${byte} opens with it${next ? ` so far, of ${plural(total, "packet", "packets")}` : ""}. Another channel shares the byte, or the key has a mistake.`;
    else say.textContent = `${plural(all.size, "message", "messages")} in ${looked < total ? `the newest ${looked.toLocaleString("en")} of ` : ""}${plural(total, "packet", "packets")} with hash byte ${byte}`;
  };
  const back = async () => {
    further.disabled = true;
    try {
      const enough = all.size + 100;
      for (let n = 0; n < far && all.size < enough; n++) {
        const got = await ask(byte, next);
        for (const p of opened(open, got.packets)) all.set(p.hash, p);
        looked += got.packets.length;
        ({ total, next } = got);
        if (!next) break;
      }
      draw();
    } catch (e) {
      say.textContent = e.message;
    }
    further.disabled = false;
  };
  further.addEventListener("click", back);
  say.textContent = "Opening…";
  await back();

  let busy = false;
  document.addEventListener("hilltop-change", async () => {
    if (busy || document.hidden || Math.abs(scroll.scrollTop) > 24) return;
    busy = true;
    try {
      const got = await ask(byte, "", 50);
      const fresh = opened(open, got.packets).filter((p) => all.get(p.hash)?.observation_count !== p.observation_count);
      looked += Math.max(0, got.total - total);
      total = got.total;
      for (const p of fresh) all.set(p.hash, p);
      for (const old of [...all.keys()].slice(0, Math.max(0, all.size - 2000))) all.delete(old);
      if (fresh.length > 0) draw();
    } catch {
      // the next change asks again
    }
    setTimeout(() => { busy = false; }, 2000);
  });
}

// tools share a channel, or forget it.
function tools(channel) {
  const bar = make("div", "chat-find");
  const share = make("button", "button", "Share");
  const forget = make("button", "button quiet", "Remove from this browser");
  share.type = forget.type = "button";
  share.addEventListener("click", () => shareBox(channel));
  forget.addEventListener("click", () => {
    save(load().filter((c) => c.key !== channel.key));
    location.href = "/channels";
  });
  bar.append(share, forget);
  return bar;
}

async function shareBox(channel) {
  const link = `meshcore://channel/add?${new URLSearchParams({ name: channel.name, secret: channel.key })}`;
  const box = make("dialog");
  box.setAttribute("aria-label", "Share");
  const { encodeQR } = await import(add.dataset.qr);
  const cells = encodeQR(link, "raw", { border: 4 });
  const image = make("canvas", "own-qr");
  image.width = image.height = cells.length * 6;
  image.setAttribute("role", "img");
  image.setAttribute("aria-label", "QR code of the link");
  const pen = image.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, image.width, image.height);
  pen.fillStyle = "#000000";
  cells.forEach((row, y) => row.forEach((on, x) => { if (on) pen.fillRect(x * 6, y * 6, 6, 6); }));
  const shut = make("button", "button", "Close");
  shut.type = "button";
  shut.addEventListener("click", () => box.close());
  box.addEventListener("close", () => box.remove());
  const snippet = make("div", "snippet");
  const pre = make("pre");
  pre.tabIndex = 0;
  pre.append(make("code", "", link));
  const copy = make("button", "copy", "Copy");
  copy.type = "button";
  copy.dataset.copy = link;
  snippet.append(pre, copy);
  box.append(make("p", "", "Whoever has this link or picture can read the channel, and write in it."), image, snippet, shut);
  document.body.append(box);
  box.showModal();
}

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
    const last = row.querySelector(".chan-last"), counts = row.querySelector(".chan-counts");
    try {
      const got = await ask(byte, "", 100);
      const texts = opened(await opener(c.key), got.packets);
      const [newest] = texts;
      counts.textContent = got.total === 0 ? `hash byte ${byte}` : `${plural(texts.length, "message", "messages")} in the newest ${plural(got.packets.length, "packet", "packets")} with hash byte ${byte}`;
      if (!newest) {
        last.replaceChildren(make("span", "note", got.total === 0 ? "Nothing yet: no such packet is held" : "Wrong key, or another channel's packets: none opens"));
        return;
      }
      last.replaceChildren(...(newest.said.sender ? [make("strong", "", "")] : []), named(line(newest.said.text)));
      if (newest.said.sender) last.firstChild.append(named(newest.said.sender), ": ");
      const time = make("time");
      time.dateTime = newest.first_seen;
      time.textContent = new Date(newest.first_seen).toLocaleTimeString();
      row.querySelector(".chan-when").replaceChildren(time);
    } catch (e) {
      last.replaceChildren(make("span", "note", e.message));
    }
  }));
}

// form takes a channel in.
function form(el) {
  const name = el.querySelector('[name="own-name"]'), key = el.querySelector('[name="own-key"]'), wrong = el.querySelector(".wrong");
  const refuse = (text, link) => {
    wrong.hidden = false;
    wrong.textContent = text;
    if (link) wrong.append(" ", link);
  };
  el.hidden = false;
  el.addEventListener("submit", async (e) => {
    e.preventDefault();
    wrong.hidden = true;
    try {
      const c = await keyOf(name.value, key.value);
      const here = [...document.querySelectorAll("[data-own-known] a")].find((a) => a.textContent === c.name);
      if (here && !key.value.trim()) {
        const open = make("a", "", "Open it");
        open.href = here.href;
        refuse("This machine reads that channel already.", open);
        return;
      }
      save([c, ...load().filter((o) => o.key !== c.key)]);
      location.href = await addressOf(c);
      if (location.pathname === `/channels/${await byteOf(c.key)}`) location.reload();
    } catch (err) {
      refuse(err.message);
    }
  });
  el.querySelector("[data-own-new]").addEventListener("click", () => {
    key.value = hexOf(crypto.getRandomValues(new Uint8Array(16)));
    name.focus();
  });
  el.querySelector("[data-own-scan]").addEventListener("change", async (e) => {
    wrong.hidden = true;
    try {
      const picture = await createImageBitmap(e.target.files[0]);
      const shrink = Math.min(1, 1600 / Math.max(picture.width, picture.height));
      const canvas = make("canvas");
      canvas.width = picture.width * shrink;
      canvas.height = picture.height * shrink;
      const pen = canvas.getContext("2d");
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const { decodeQR } = await import(add.dataset.qr);
      const c = await keyOf("", decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height)));
      name.value = c.name;
      key.value = c.key;
    } catch {
      refuse("No QR code of a channel could be read in this picture.");
    }
    e.target.value = "";
  });
}

async function start() {
  if (!add) return;
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
