// form takes a channel in.
function form(el) {
  const name = el.querySelector('[name="own-name"]'), key = el.querySelector('[name="own-key"]'), wrong = el.querySelector(".wrong");
  const refuse = (text, link) => {
    wrong.hidden = false;
    wrong.textContent = text;
    if (link) wrong.append(" ", link);
  };
  el.hidden = false;
  el.addEventListener("submit", async (e) => {
    e.preventDefault();
    wrong.hidden = true;
    try {
      const c = await keyOf(name.value, key.value);
      const here = [...document.querySelectorAll("[data-own-known] a")].find((a) => a.textContent === c.name);
      if (here && !key.value.trim()) {
        const open = make("a", "", "Open it");
        open.href = here.href;
        refuse("This machine reads that channel already.", open);
        return;
      }
      save([c, ...load().filter((o) => o.key !== c.key)]);
      location.href = await addressOf(c);
      if (location.pathname === `/channels/${await byteOf(c.key)}`) location.reload();
    } catch (err) {
      refuse(err.message);
    }
  });
  el.querySelector("[data-own-new]").addEventListener("click", () => {
    key.value = hexOf(crypto.getRandomValues(new Uint8Array(16)));
    name.focus();
  });
  el.querySelector("[data-own-scan]").addEventListener("change", async (e) => {
    wrong.hidden = true;
    try {
      const picture = await createImageBitmap(e.target.files[0]);
      const shrink = Math.min(1, 1600 / Math.max(picture.width, picture.height));
      const canvas = make("canvas");
      canvas.width = picture.width * shrink;
      canvas.height = picture.height * shrink;
      const pen = canvas.getContext("2d");
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const { decodeQR } = await import(add.dataset.qr);
      const c = await keyOf("", decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height)));
      name.value = c.name;
      key.value = c.key;
    } catch {
      refuse("No QR code of a channel could be read in this picture.");
    }
    e.target.value = "";
  });
}
