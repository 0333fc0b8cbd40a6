// What was decrypted is kept beside the keys, in this browser's own store, so that
// a channel opens at once; and how far it has been read. It goes with its key.
// Where there is no such store, everything is only decrypted again.
const remembered = 1000; // messages of one channel
let database;

function records(mode, work) {
  database ||= new Promise((done, fail) => {
    const ask = indexedDB.open("hilltop", 1);
    ask.onupgradeneeded = () => ask.result.createObjectStore("channels", { keyPath: "key" });
    ask.onsuccess = () => done(ask.result);
    ask.onerror = () => fail(ask.error);
  });
  return database.then((db) => new Promise((done, fail) => {
    const all = db.transaction("channels", mode);
    const ask = work(all.objectStore("channels"));
    all.oncomplete = () => done(ask.result);
    all.onabort = all.onerror = () => fail(all.error);
  })).catch(() => undefined);
}

// recall gives what is kept of a channel: its messages, newest first, and the time
// of the newest that was read, Unix ms; 0: it was never opened.
async function recall(key) {
  const r = await records("readonly", (all) => all.get(key));
  return { key, read: r?.read || 0, list: Array.isArray(r?.list) ? r.list : [] };
}

const remember = (r) => records("readwrite", (all) => all.put({ ...r, list: r.list.slice(0, remembered) }));
const lapse = (key) => records("readwrite", (all) => all.delete(key));

// lapseOthers takes away what is kept of channels whose keys are gone.
async function lapseOthers() {
  const mine = new Set(load().map((c) => c.key));
  for (const key of await records("readonly", (all) => all.getAllKeys()) || []) if (!mine.has(key)) await lapse(key);
}
