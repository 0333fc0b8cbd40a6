// A live list can be paused: what comes in is counted and waits.

function pausing() {
  for (const b of document.querySelectorAll("[data-pause]")) {
    const body = document.getElementById(b.dataset.pause);
    if (!body?.matches("[data-rows]")) continue;
    b.hidden = false;
    b.addEventListener("click", () => {
      const on = body.dataset.paused === undefined;
      if (on) body.dataset.paused = ""; else delete body.dataset.paused;
      b.setAttribute("aria-pressed", String(on));
      b.textContent = on ? "Paused" : "Pause";
      if (!on) release(body);
    });
  }
}
