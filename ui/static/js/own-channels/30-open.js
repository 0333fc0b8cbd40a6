// opener gives what opens payloads with a key: to what is read of the plaintext, a
// text unless told otherwise, or null. The MAC is
// two bytes of HMAC-SHA256 under the key filled with zeroes to 32 bytes, the
// cipher AES-128 in ECB mode without padding of its own.
async function opener(key, read = textOf) {
  const { ecb, hmac, sha256 } = await crypt();
  const secret = new Uint8Array(32);
  secret.set(bytesOf(key));
  const hash = sha256(bytesOf(key))[0];
  return (payload) => {
    const sealed = payload.subarray(3);
    if (payload[0] !== hash || sealed.length === 0 || sealed.length % 16 !== 0) return null;
    const mac = hmac(sha256, secret, sealed);
    if (mac[0] !== payload[1] || mac[1] !== payload[2]) return null;
    return read(ecb(secret.subarray(0, 16), { disablePadding: true }).decrypt(sealed));
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

// dataOf reads the plaintext of an application's datagram: a type, least byte first,
// a length, and so many bytes.
function dataOf(plain) {
  if (plain.length < 3 || plain[2] > plain.length - 3) return null;
  const hex = (bytes) => hexOf(bytes).toUpperCase();
  return { sender: "", text: `Data of type ${hex([plain[1], plain[0]])}: ${hex(plain.subarray(3, 3 + plain[2]))}` };
}

// tidy takes out control characters and signs that turn the direction of text;
// line makes one line of it.
const tidy = (s) => s.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "").trim();
const line = (s) => tidy(s).replace(/\s+/g, " ");

// part of what was sent under a hash byte.
async function ask(byte, before, limit = part) {
  const q = new URLSearchParams({ limit });
  if (before) q.set("before", before);
  const answer = await fetch(`/api/channels/enc_${byte}/packets?${q}`, { signal: AbortSignal.timeout(30000) });
  if (!answer.ok) throw new Error(answer.status === 503 ? "This machine is still loading." : `This machine answers ${answer.status}.`);
  return answer.json();
}

// opened are the messages among packets; known are those that were opened before,
// by hash.
function opened(open, packets, known) {
  return packets.filter((p) => p.type === 5).map(({ payload, ...p }) => ({ ...p, said: known.get(p.hash)?.said || open(bytesOf(payload)) })).filter((p) => p.said);
}

const byHash = (list) => new Map(list.map((p) => [p.hash, p]));
const newestFirst = (list) => list.sort((a, b) => a.first_seen < b.first_seen ? 1 : -1);
const newestOf = (list) => list.reduce((at, p) => Math.max(at, Date.parse(p.first_seen)), 0);
