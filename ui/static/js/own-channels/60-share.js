// tools share a channel, or forget it.
function tools(channel) {
  const bar = make("div", "chat-find");
  const share = make("button", "button", "Share");
  const forget = make("button", "button quiet", "Remove from this browser");
  share.type = forget.type = "button";
  share.addEventListener("click", () => shareBox(channel));
  forget.addEventListener("click", async () => {
    save(load().filter((c) => c.key !== channel.key));
    await lapse(channel.key);
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
