// Times count up, from what the server wrote: "12 s ago". The time itself is in
// the title.

// writeAges rewrites the times below an element. A time in the future is a clock
// that is wrong, and stays as the server wrote it.
function writeAges(root = document) {
  if (document.documentElement.dataset.times === "clock") return;
  const now = Date.now();
  for (const t of root.querySelectorAll("time[datetime]:not([data-exact])")) {
    const seconds = (now - Date.parse(t.dateTime)) / 1000;
    if (seconds < -5 || Number.isNaN(seconds)) continue;
    const text = age(seconds);
    const at = t.firstChild || t.appendChild(new Text());
    if (at.data !== text) at.data = text;
  }
}

function ages() {
  writeAges();
  setInterval(() => writeAges(), 10000);
}
