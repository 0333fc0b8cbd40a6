// finder looks for words and a day among messages that are open here, and gives
// what was found as a file. see is called when what is wanted changes.
function finder(channel, see) {
  const bar = make("form", "chat-find");
  bar.setAttribute("role", "search");
  const field = (className, label, type, said) => {
    const box = make("label", `field ${className}`);
    const input = make("input");
    input.type = type;
    box.append(make("span", said ? "" : "only-read", label), input);
    bar.append(box);
    input.addEventListener("input", see);
    return input;
  };
  const words = field("chat-words", "Words in messages and names", "search", false);
  words.placeholder = "Find words";
  words.maxLength = 64;
  words.spellcheck = false;
  words.dataset.filter = "";
  const day = field("chat-day", "From day", "date", true);
  bar.addEventListener("submit", (e) => e.preventDefault());

  // wanted are the words in lower case.
  const wanted = () => words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (p) => wanted().every((w) => `${p.said.sender}\n${p.said.text}`.toLowerCase().includes(w)) && (!day.value || whenOf(new Date(p.first_seen)).day >= day.value);
  return { bar, wanted, fits, active: () => wanted().length > 0 || day.value !== "" };
}

const cell = (s) => /[",\r\n]/.test(s) || /^[=+\-@\t]/.test(s) ? `"${(/^[=+\-@\t]/.test(s) ? `'${s}` : s).replace(/"/g, '""')}"` : s;

// files offers messages, newest last, as the server's exports write them.
function files(channel, list) {
  const note = make("p", "note export", "These messages as a file: ");
  const offer = (text, kind, write) => {
    const a = make("a", "", text);
    a.href = "#";
    a.addEventListener("click", (e) => {
      e.preventDefault();
      const made = make("a");
      made.href = URL.createObjectURL(new Blob([write()], { type: kind }));
      made.download = `${channel.name.replace(/[^\p{L}\p{N}_-]/gu, "") || "channel"}.${text.toLowerCase()}`;
      made.click();
      setTimeout(() => URL.revokeObjectURL(made.href), 60000);
    });
    note.append(a, " ");
  };
  const rows = () => list().map((p) => ({ first_seen: p.first_seen, hash: p.hash, sender: p.said.sender, text: p.said.text, copies: p.observation_count, observers: p.observers, hops: p.hops, snr: p.snr }));
  offer("CSV", "text/csv", () => {
    const all = rows();
    return [["first_seen", "hash", "sender", "text", "copies", "observers", "hops", "snr"], ...all.map(Object.values)].map((r) => r.map((v) => cell(typeof v === "number" ? `${v}` : v ?? "")).join(",")).join("\r\n") + "\r\n";
  });
  offer("JSON", "application/json", () => JSON.stringify(rows(), null, 2));
  return note;
}
