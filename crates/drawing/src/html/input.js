// Pointer, keys, buttons, print, addresses. Goes on from page.js, and sets the page going.
// Pointer: drag moves, two fingers zoom, a tap activates.
const pointers = new Map();
let pressed = null, spread = 0, dragged = false;
const boxOf = (target) => {
  const box = target instanceof Element ? target.closest('[data-n]') : null;
  return box ? Number(box.dataset.n) : -1;
};
stage.addEventListener('pointerdown', (event) => {
  if (event.button !== 0 || facts.contains(event.target)) return;
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
  if (pointers.size === 1) {
    pressed = { place: boxOf(event.target), x: event.clientX, y: event.clientY };
    dragged = false;
  } else {
    dragged = true;
    spread = 0;
  }
});
window.addEventListener('pointermove', (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) return;
  const now = [event.clientX, event.clientY];
  if (!dragged && Math.hypot(now[0] - pressed.x, now[1] - pressed.y) < 5) return;
  if (!dragged) { dragged = true; stage.classList.add('drag'); current.trace(-1); }
  pointers.set(event.pointerId, now);
  current.pan((now[0] - last[0]) / pointers.size, (now[1] - last[1]) / pointers.size);
  if (pointers.size === 2) {
    const [[x1, y1], [x2, y2]] = [...pointers.values()];
    const apart = Math.hypot(x1 - x2, y1 - y2);
    if (spread && apart) current.zoom(apart / spread, (x1 + x2) / 2, (y1 + y2) / 2);
    spread = apart;
  }
});
const lift = (event) => {
  if (!pointers.delete(event.pointerId) || pointers.size) return;
  stage.classList.remove('drag');
  if (event.type === 'pointerup' && !dragged) {
    if (pressed.place < 0) { current.ring(-1); choose(-1); }
    else if (event.ctrlKey || event.metaKey) { current.start(pressed.place); choose(pressed.place); tools(); }
    else activate(pressed.place);
  }
};
window.addEventListener('pointerup', lift);
window.addEventListener('pointercancel', lift);
stage.addEventListener('wheel', (event) => {
  if (facts.contains(event.target)) return;
  event.preventDefault();
  const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? stage.clientHeight : 1;
  if (event.shiftKey) current.pan(-(event.deltaX || event.deltaY) * unit, 0);
  else current.zoom(Math.exp(-event.deltaY * unit * 0.0016), event.clientX, event.clientY);
}, { passive: false });
stage.addEventListener('pointerover', (event) => {
  if (event.pointerType === 'touch' || pointers.size || facts.contains(event.target)) return;
  const place = boxOf(event.target);
  current.trace(place);
  choose(place >= 0 ? place : chosen, place >= 0 && place !== chosen);
});
stage.addEventListener('pointerleave', () => { current.trace(-1); if (chosen < 0) facts.hidden = true; });
stage.addEventListener('focusin', (event) => { const place = boxOf(event.target); if (place >= 0) current.trace(place); });
stage.addEventListener('focusout', () => current.trace(-1));

// Keys: on the page they move and zoom; on a box the arrows follow the wires.
function follow(key, place) {
  const near = current.parent[place] < 0 ? [place] : current.children[current.parent[place]];
  const at = near.indexOf(place);
  const open = current.folded.has(place) ? [] : current.children[place];
  return { ArrowLeft: place === current.root ? undefined : current.parent[place], ArrowRight: open[0], ArrowUp: near[at - 1], ArrowDown: near[at + 1] }[key];
}
window.addEventListener('keydown', (event) => {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest?.('input,select,summary')) return;
  const place = boxOf(target);
  if (target.closest?.('button') && (event.key === 'Enter' || event.key === ' ')) return;
  const middle = stage.getBoundingClientRect();
  const centre = [middle.left + middle.width / 2, middle.top + middle.height / 2];
  const moves = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };
  if (event.key === '/') search.focus();
  else if (event.key === '+' || event.key === '=') current.zoom(1.25, ...centre);
  else if (event.key === '-') current.zoom(0.8, ...centre);
  else if (event.key === '0') current.fit(false);
  else if (event.key === 'Escape') { current.ring(-1); choose(-1); }
  else if (place >= 0 && (event.key === 'Enter' || event.key === ' ')) activate(place);
  else if (place >= 0 && event.key === 'r') { current.start(place); tools(); }
  else if (place >= 0 && moves[event.key]) {
    const next = follow(event.key, place);
    if (next !== undefined && next >= 0 && !current.gone[next]) { current.focus(next); current.centre(next); choose(next); }
  } else if (moves[event.key]) current.pan(...moves[event.key]);
  else return;
  event.preventDefault();
});

byId('fit').addEventListener('click', () => current.fit(false));
const zoomBy = (factor) => () => {
  const area = stage.getBoundingClientRect();
  current.zoom(factor, area.left + area.width / 2, area.top + area.height / 2);
};
byId('in').addEventListener('click', zoomBy(1.25));
byId('out').addEventListener('click', zoomBy(0.8));
byId('whole').addEventListener('click', () => { current.root = 0; current.arrange(); current.fit(true); tools(); });
byId('unfold').addEventListener('click', () => {
  const all = [...current.folded];
  current.folded.clear();
  all.forEach((place) => current.expanded(place));
  current.arrange();
  current.fit(true);
  tools();
});
byId('pick')?.addEventListener('change', (event) => {
  turnTo(Number(event.target.value));
  history.replaceState(null, '', `#page-${Number(event.target.value) + 1}`);
});
new ResizeObserver(() => {
  if (!current.view) return;
  const [x, y, width] = current.view, scale = stage.clientWidth / width;
  if (scale > 0 && stage.clientHeight) current.show([x, y, width, stage.clientHeight / scale]);
}).observe(stage);
window.addEventListener('beforeprint', () => {
  for (const picture of pictures) if (picture.view) picture.svg.setAttribute('viewBox', picture.bounds().join(' '));
});
window.addEventListener('afterprint', () => { for (const picture of pictures) if (picture.view) picture.show(picture.view); });

// An address may name a page (#page-3) or a box.
function address() {
  const name = decodeURIComponent(location.hash.slice(1));
  const page = /^page-(\d+)$/.exec(name);
  if (page && pictures[page[1] - 1]) { turnTo(page[1] - 1); return; }
  pictures.forEach((picture, number) => {
    const place = name ? picture.boxes.findIndex((box) => box.id === name) : -1;
    if (place >= 0) { turnTo(number); goTo(place); }
  });
}
if (current) {
  turnTo(0);
  address();
  window.addEventListener('hashchange', address);
}
document.documentElement.dataset.ready = 'true';
