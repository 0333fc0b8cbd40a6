// Times as the server writes them: in the zone of the page, by 24 hours.

const steps = [[60, 1, "s"], [3600, 60, "min"], [86400, 3600, "h"], [Infinity, 86400, "d"]];

// age is how long ago something was: "12 s ago".
function age(seconds) {
  if (seconds < 5) return "now";
  for (const [below, unit, sign] of steps) {
    if (seconds < below) return `${Math.floor(seconds / unit)} ${sign} ago`;
  }
}

const formats = new Map(); // formats by zone: making one is slow

// whenOf takes a time apart: what is written of it, by name. The server writes
// UTC until it knows the zone.
function whenOf(at) {
  const zone = document.documentElement.dataset.zone || "UTC";
  let format = formats.get(zone);
  if (!format) {
    const all = { weekday: "long", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, timeZoneName: "short", hourCycle: "h23", timeZone: zone };
    formats.set(zone, format = [new Intl.DateTimeFormat("en", all), new Intl.DateTimeFormat("en", { month: "long", timeZone: zone })]);
  }
  const p = Object.fromEntries(format[0].formatToParts(at).map(({ type, value }) => [type, value]));
  const day = `${p.year}-${p.month}-${p.day}`;
  const minute = `${p.hour}:${p.minute}`, clock = `${minute}:${p.second}`;
  return { day, minute, clock, full: `${day} ${clock}.${p.fractionalSecond} ${p.timeZoneName}`, daySay: `${p.weekday}, ${Number(p.day)} ${format[1].format(at)} ${p.year}` };
}

// writeTime fills an element with a time, as an age or a time of day, as is set.
function writeTime(time, at) {
  const when = whenOf(at), seconds = (Date.now() - at) / 1000;
  time.dateTime = at.toISOString();
  time.title = when.full;
  if (document.documentElement.dataset.times !== "clock" && seconds >= -5) time.textContent = age(seconds);
  else time.textContent = when.day === whenOf(new Date()).day ? when.clock : `${when.day} ${when.clock}`;
}
