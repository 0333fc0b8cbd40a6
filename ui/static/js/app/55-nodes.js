// Names of nodes for a field, as one types: a name where one node alone has it,
// else its key.

function namingNodes() {
  const field = document.querySelector("[data-nodes]");
  if (!field) return;
  let timer, asked = "";
  const ask = async () => {
    const q = field.value.trim();
    if (q === asked || q.length < 2) return;
    asked = q;
    try {
      const answer = await request(`/api/nodes/search?q=${encodeURIComponent(q)}`);
      const found = (await answer.json()).nodes || [];
      if (field.value.trim() !== q) return;
      const names = found.map((n) => (n.name || "").toLowerCase());
      field.list.replaceChildren(...found.map((n, i) => {
        const o = document.createElement("option");
        const alone = n.name && names.indexOf(names[i]) === names.lastIndexOf(names[i]);
        o.value = alone ? n.name : n.public_key;
        o.label = `${n.name || "no name"} · ${n.public_key.slice(0, 8)} · ${n.role}`;
        return o;
      }));
    } catch {
      // what is typed counts as it is
    }
  };
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 200); });
}
