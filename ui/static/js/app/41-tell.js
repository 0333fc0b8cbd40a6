// What comes in by itself is told to those who do not see it: how many rows, not
// which, and at most every ten seconds. A chat is a log, which tells by itself.

const tellPause = 10000; // ms
let untold = 0, toldAt = 0, told;

function telling() {
  told = document.createElement("p");
  told.className = "only-read";
  told.setAttribute("role", "status");
  told.dataset.told = "";
  document.body.append(told);
}

function tell(body) {
  if (grows(body) || !told) return;
  untold++;
  if (untold > 1) return; // a turn is due already
  setTimeout(() => {
    told.textContent = `${untold} new in the list`;
    untold = 0;
    toldAt = Date.now();
  }, Math.max(1000, toldAt + tellPause - Date.now()));
}
