// Channels whose keys this browser keeps. The machine is asked for what was sent
// under a hash byte, never by name or key; what opens is decrypted here, with
// scripts of our own origin, as browsers lend theirs to secure addresses only.
// What strangers wrote becomes text and nothing else.

const kept = "hilltop.channels";
const part = 200; // packets asked for at a time
const far = 25; // parts looked through before asking whether to go on
const utf8 = new TextEncoder();
await window.placed; // until then parts of the page may be replaced

const add = document.querySelector("[data-own-add]");

let library;
const crypt = () => library ||= import(document.querySelector("[data-crypto]").dataset.crypto);

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
