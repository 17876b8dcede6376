(() => {
  "use strict";
  const held = document.getElementById("replay-data");
  if (!held) return;
  const { frames, lines } = JSON.parse(held.textContent);
  const byId = (id) => document.getElementById(id);
  const slider = byId("replay-slider"), play = byId("replay-play"), words = byId("replay-words"), mark = byId("replay-mark");
  const drawn = byId("replay-diagram");
  const wanted = new Set(lines ? lines.names : []);
  const byName = new Map();
  if (drawn) {
    for (const line of drawn.querySelectorAll("line")) {
      const title = line.querySelector("title");
      const name = title ? title.textContent.split(" = ")[0] : "";
      if (wanted.has(name)) byName.set(name, [line, title]);
    }
  }

  function show(k) {
    const frame = frames[k];
    const text = `epoch ${frame.epoch}: ${frame.words}`;
    words.textContent = text;
    slider.setAttribute("aria-valuetext", text);
    if (frame.weights) byId("replay-weights").src = frame.weights;
    if (frame.boundary) byId("replay-boundary").setAttribute("href", frame.boundary);
    if (mark && frame.x !== undefined) { mark.setAttribute("x1", frame.x); mark.setAttribute("x2", frame.x); }
    if (frame.lines) lines.names.forEach((name, n) => {
      const found = byName.get(name);
      if (!found) return;
      const w = frame.lines[n], share = Math.min(1, Math.abs(w) / lines.most), [line, title] = found;
      line.setAttribute("class", w < 0 ? "s-negative" : "s-positive");
      line.setAttribute("stroke", lines.colours[w < 0 ? 1 : 0]);
      line.setAttribute("stroke-width", lines.thin + (lines.thickest - lines.thin) * share);
      line.setAttribute("stroke-opacity", 0.3 + 0.7 * Math.sqrt(share));
      title.textContent = `${name} = ${w}`;
    });
  }

  let timer = 0;
  function stop() { clearInterval(timer); timer = 0; play.textContent = "Play"; }
  slider.disabled = false;
  play.hidden = false;
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  play.addEventListener("click", () => {
    if (timer) { stop(); return; }
    if (Number(slider.value) === frames.length - 1) slider.value = "0";
    play.textContent = "Pause";
    show(Number(slider.value));
    timer = setInterval(() => {
      if (Number(slider.value) >= frames.length - 1) { stop(); return; }
      slider.value = String(Number(slider.value) + 1);
      show(Number(slider.value));
    }, 450);
  });
})();
