// One picture of the page: which boxes it shows, where they stand, what of it is seen. The page's script begins here;
// it asks nobody for anything. Not here: choosing and searching (page.js), pointer and keys (input.js).
'use strict';
// From here on pictures are laid over each other and moved about in; without scripts they stand below each other.
document.documentElement.dataset.ready = 'false';
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId('data').textContent);
const stage = byId('stage'), facts = byId('facts'), search = byId('search'), found = byId('found');
const GAP = 16, EDGE = 24, BEND = 7, SCALE_MIN = 0.02, SCALE_MAX = 6;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const fold = (text) => text.toLowerCase().normalize('NFD').replace(/[\u0300-\u036f]/g, '');
const digits = (text) => text.replace(/\D/g, '');

function element(svg, name, attributes) {
  const made = document.createElementNS(svg.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

class Picture {
  constructor(section, own) {
    this.section = section;
    this.own = own;
    this.svg = section.querySelector('svg');
    const count = own.nodes.length;
    this.children = Array.from({ length: count }, () => []);
    this.parent = new Array(count).fill(-1);
    own.edges.forEach(([from], place) => {
      this.children[from].push(place + 1);
      this.parent[place + 1] = from;
    });
    this.boxes = new Array(count);
    this.wires = new Array(count);
    this.labels = new Array(count);
    for (const box of this.svg.querySelectorAll('[data-n]')) {
      this.boxes[box.dataset.n] = box;
      // The panel shows more than the viewer's own tooltip.
      box.querySelector('title')?.remove();
    }
    for (const wire of this.svg.querySelectorAll('[data-w]')) this.wires[Number(wire.dataset.w) + 1] = wire;
    for (const label of this.svg.querySelectorAll('[data-e]')) this.labels[Number(label.dataset.e) + 1] = label;
    this.drawing = this.boxes[0].closest('g[transform]');
    this.origin = this.drawing.transform.baseVal.consolidate().matrix;
    // What stands below the drawing moves with its lower edge.
    this.foot = element(this.svg, 'g', {});
    while (this.drawing.nextSibling) this.foot.append(this.drawing.nextSibling);
    this.svg.append(this.foot);
    this.svg.removeAttribute('width');
    this.svg.removeAttribute('height');
    this.folded = new Set();
    this.root = 0;
    this.moved = new Array(count).fill(0);
    this.gone = new Array(count).fill(false);
    // As the boxes and wires stand in the document: of thousands, only those that change are touched.
    this.standing = own.nodes.map((_, place) => this.stance(place));
    this.saved = 0;
    this.focused = 0;
    this.boxes[0].setAttribute('tabindex', '0');
    own.nodes.forEach((node, place) => {
      node.text = fold([node.c, node.t, node.u || '', ...node.l].join(' '));
      node.digits = digits([node.t, node.u || '', ...node.l].join(' '));
      if (this.children[place].length) this.boxes[place].setAttribute('aria-expanded', 'true');
    });
  }

  // Which boxes are shown; what stands below closes up to what stands above.
  arrange() {
    const count = this.own.nodes.length;
    const shown = [];
    for (let place = 0; place < count; place += 1) {
      const parent = this.parent[place];
      const hidden = place === this.root ? false
        : place < this.root || parent < 0 || this.gone[parent] || this.folded.has(parent);
      this.gone[place] = hidden;
      if (!hidden) shown.push(place);
    }
    const whole = shown.length === count;
    const spans = shown.map((place) => {
      const [, y, , height, label] = this.own.nodes[place].r;
      return [y, y + Math.max(height, label)];
    }).sort((a, b) => a[0] - b[0]);
    const steps = [];
    let [bottom, saved] = [0, 0];
    for (const [top, end] of spans) {
      const free = top - bottom;
      if (!whole && free > GAP) {
        saved += free - GAP;
        steps.push([top, saved]);
      }
      bottom = Math.max(bottom, end);
    }
    this.saved = whole ? 0 : saved + Math.max(0, this.own.height - bottom);
    let step = 0, shift = 0;
    const order = [...shown].sort((a, b) => this.own.nodes[a].r[1] - this.own.nodes[b].r[1]);
    for (const place of order) {
      while (step < steps.length && steps[step][0] <= this.own.nodes[place].r[1]) shift = steps[step++][1];
      this.moved[place] = -shift;
    }
    for (let place = 0; place < count; place += 1) this.put(place);
    this.foot.setAttribute('transform', `translate(0 ${-this.saved})`);
    this.counts();
  }

  stance(place) {
    const parent = this.parent[place];
    const above = parent < 0 ? 0 : this.moved[parent];
    return `${this.gone[place]} ${this.moved[place]} ${above} ${place === this.root}`;
  }

  put(place) {
    const stance = this.stance(place);
    if (this.standing[place] === stance) return;
    this.standing[place] = stance;
    const [gone, dy] = [this.gone[place], this.moved[place]];
    const box = this.boxes[place];
    box.classList.toggle('gone', gone);
    if (dy) box.setAttribute('transform', `translate(0 ${dy})`); else box.removeAttribute('transform');
    const wire = this.wires[place];
    if (!wire) return;
    const bare = gone || place === this.root;
    const tip = wire.nextElementSibling, label = this.labels[place];
    for (const part of [wire, tip, label]) part?.classList.toggle('gone', bare);
    if (bare) return;
    const [from, x, y, trunk, endX, endY] = this.own.edges[place - 1];
    wire.setAttribute('d', path(x, y + this.moved[from], trunk, endX, endY + dy));
    for (const part of [tip, label]) {
      if (dy) part?.setAttribute('transform', `translate(0 ${dy})`); else part?.removeAttribute('transform');
    }
  }

  // How many boxes a folded branch hides, beside its box.
  counts() {
    for (const old of this.drawing.querySelectorAll('.count')) old.remove();
    for (const place of this.folded) {
      if (this.gone[place]) continue;
      let hidden = 0;
      const open = [...this.children[place]];
      while (open.length) { const next = open.pop(); hidden += 1; open.push(...this.children[next]); }
      const [x, y, width, height] = this.own.nodes[place].r;
      const text = `+${hidden}`;
      const wide = 14 + 7 * text.length, left = x + width + 10, middle = y + height / 2;
      const mark = element(this.svg, 'g', { class: 'count' });
      mark.append(element(this.svg, 'rect', { x: left, y: middle - 10, width: wide, height: 20, rx: 10 }));
      const words = element(this.svg, 'text', { x: left + wide / 2, y: middle + 4 });
      words.textContent = text;
      mark.append(words);
      this.boxes[place].append(mark);
    }
  }

  // Where everything shown stands, with its rim.
  bounds() {
    if (this.root === 0) return [0, 0, this.own.page[0], this.own.page[1] - this.saved];
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    this.own.nodes.forEach((node, place) => {
      if (this.gone[place]) return;
      const [x, y, width, height] = node.r;
      left = Math.min(left, x);
      right = Math.max(right, x + width + (this.folded.has(place) ? 50 : 0));
      top = Math.min(top, y + this.moved[place]);
      bottom = Math.max(bottom, y + height + this.moved[place]);
    });
    const rim = 2 * EDGE;
    return [left + this.origin.e - EDGE, top + this.origin.f - EDGE, right - left + rim, bottom - top + rim];
  }

  show(view) {
    this.view = view;
    this.svg.setAttribute('viewBox', view.map((part) => part.toFixed(2)).join(' '));
  }

  // The whole, or its beginning when the whole would be too small to read.
  fit(readable) {
    const [x, y, width, height] = this.bounds();
    const { clientWidth: wide, clientHeight: high } = stage;
    let scale = Math.min(wide / width, high / height, 1.5);
    if (readable && scale < 0.35) {
      scale = 0.7;
      const [left, top, , tall] = this.own.nodes[this.root].r;
      const middle = top + this.moved[this.root] + tall / 2 + this.origin.f;
      const from = height * scale < high ? y - (high / scale - height) / 2 : middle - high / scale / 2;
      this.show([left + this.origin.e - EDGE, from, wide / scale, high / scale]);
      return;
    }
    this.show([x - (wide / scale - width) / 2, y - (high / scale - height) / 2, wide / scale, high / scale]);
  }

  scale() { return stage.clientWidth / this.view[2]; }

  zoom(factor, clientX, clientY) {
    const area = stage.getBoundingClientRect();
    const [x, y, width, height] = this.view;
    const to = clamp(this.scale() * factor, SCALE_MIN, SCALE_MAX);
    const part = [(clientX - area.left) / area.width, (clientY - area.top) / area.height];
    const size = [area.width / to, area.height / to];
    this.show([x + (width - size[0]) * part[0], y + (height - size[1]) * part[1], ...size]);
  }

  pan(dx, dy) {
    const scale = this.scale();
    const [x, y, width, height] = this.view;
    this.show([x - dx / scale, y - dy / scale, width, height]);
  }

  centre(place) {
    const [x, y, width, height] = this.own.nodes[place].r;
    const scale = clamp(this.scale(), 0.8, 2);
    const size = [stage.clientWidth / scale, stage.clientHeight / scale];
    this.show([
      x + width / 2 + this.origin.e - size[0] / 2,
      y + height / 2 + this.origin.f + this.moved[place] - size[1] / 2, ...size,
    ]);
  }

  way(place) {
    const way = [];
    for (let at = place; at >= 0; at = this.parent[at]) way.push(at);
    return way;
  }

  // Makes a box visible whatever is folded.
  reveal(place) {
    const way = this.way(place);
    let changed = false;
    if (!way.includes(this.root)) { this.root = 0; changed = true; }
    for (const above of way.slice(1)) if (this.folded.delete(above)) { this.expanded(above); changed = true; }
    if (changed) this.arrange();
  }

  expanded(place) {
    if (this.children[place].length) {
      this.boxes[place].setAttribute('aria-expanded', String(!this.folded.has(place)));
    }
  }

  toggle(place) {
    if (!this.children[place].length) return;
    if (!this.folded.delete(place)) this.folded.add(place);
    this.expanded(place);
    const [, top] = this.own.nodes[place].r;
    const before = top + this.moved[place];
    this.arrange();
    // The box stays under the pointer.
    const [x, y, width, height] = this.view;
    this.show([x, y + top + this.moved[place] - before, width, height]);
  }

  start(place) {
    if (!this.children[place].length && place !== 0) return;
    this.root = place;
    this.folded.delete(place);
    this.expanded(place);
    this.arrange();
    this.fit(true);
  }

  trace(place) {
    for (const old of this.svg.querySelectorAll('.on')) old.classList.remove('on');
    this.svg.classList.toggle('tracing', place >= 0);
    if (place < 0) return;
    for (const at of this.way(place)) {
      const wire = this.wires[at];
      for (const part of [this.boxes[at], wire, wire?.nextElementSibling, this.labels[at]]) part?.classList.add('on');
    }
    const target = this.own.nodes[place].g;
    if (target !== undefined) this.boxes[target].classList.add('on');
  }

  ring(place, soft) {
    this.svg.querySelector('.ring')?.remove();
    if (place < 0) return;
    const [x, y, width, height] = this.own.nodes[place].r;
    const rect = { x: x - 6, y: y - 6, width: width + 12, height: height + 12, rx: 13 };
    this.boxes[place].append(element(this.svg, 'rect', { class: soft ? 'ring soft' : 'ring', ...rect }));
  }

  focus(place) {
    this.boxes[this.focused].removeAttribute('tabindex');
    this.focused = place;
    this.boxes[place].setAttribute('tabindex', '0');
    this.boxes[place].focus({ preventScroll: true });
  }
}

function path(x, y, trunk, endX, endY) {
  const drop = endY - y;
  if (Math.abs(drop) < 0.5) return `M${x} ${y}H${endX}`;
  const bend = Math.min(BEND, Math.abs(drop) / 2), down = Math.sign(drop) * bend;
  return `M${x} ${y}H${trunk - bend}q${bend} 0 ${bend} ${down}V${endY - down}q0 ${down} ${bend} ${down}H${endX}`;
}
