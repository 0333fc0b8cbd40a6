// Between the press of a pointer and its click nothing moves: the click would go
// to what has come there.

let pressing = false, lifting;
const whenStill = [];

// still waits until no pointer is down. Who waits first goes on first.
const still = () => new Promise((done) => { if (pressing) whenStill.push(done); else done(); });

function lift() {
  clearTimeout(lifting);
  pressing = false;
  for (const done of whenStill.splice(0)) done();
  releaseHeld();
}

// releaseHeld has rows come in that wait for lists where nobody reads now.
function releaseHeld() {
  for (const id of [...held.keys()]) {
    const body = document.getElementById(id);
    if (body && !away(body)) release(body);
  }
}

// releasing follows the pointer. A finger's press and its click come apart, and it
// is over a thing only as it presses it.
function releasing() {
  addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    clearTimeout(lifting);
    pressing = true;
  }, true);
  addEventListener("pointerup", () => {
    clearTimeout(lifting);
    lifting = setTimeout(lift, 400); // a click that has not come by then does not come
  }, true);
  addEventListener("click", () => { if (pressing) setTimeout(lift); }, true);
  addEventListener("pointercancel", lift, true);
  addEventListener("pointerover", (e) => {
    if (e.pointerType === "touch") return;
    if (pressing && e.buttons === 0) lift(); // it was let go elsewhere
    else if (!pressing) releaseHeld();
  });
}
