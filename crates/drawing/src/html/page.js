// All pictures of the page: which one is shown, what is told of a box, search. Goes on from picture.js.
const pictures = [...document.querySelectorAll('.picture')].map((section, place) => new Picture(section, data[place]));
let current = pictures[0];
for (const picture of pictures) picture.section.hidden = picture !== current;
let chosen = -1;

function turnTo(place) {
  current.trace(-1);
  current.section.hidden = true;
  current = pictures[place];
  current.section.hidden = false;
  for (const words of document.querySelectorAll('#words pre')) words.hidden = Number(words.dataset.p) !== place;
  if (byId('pick')) byId('pick').value = String(place);
  if (!current.view) current.fit(true);
  choose(-1);
  tools();
}

function tools() {
  byId('whole').hidden = current.root === 0;
  byId('unfold').hidden = current.folded.size === 0;
}

function choose(place, hover) {
  if (!hover) chosen = place;
  facts.hidden = place < 0;
  if (place < 0) return;
  const node = current.own.nodes[place];
  facts.textContent = '';
  const add = (name, text) => { const made = document.createElement(name); made.textContent = text; facts.append(made); return made; };
  add('h2', node.c ? `${node.c}: ${node.t}` : node.t);
  if (node.u) add('p', node.u);
  for (const line of node.l) add('p', line);
  if (node.w > 1) add('p', `reached from ${node.w} places`);
  if (node.k) add('p', `kind: ${node.k}`);
  if (hover && place !== chosen) return;
  const row = add('div', '');
  row.className = 'do';
  const button = (text, id, act) => {
    const made = document.createElement('button');
    Object.assign(made, { type: 'button', textContent: text, id });
    made.addEventListener('click', act);
    row.append(made);
  };
  if (node.g !== undefined) button('Go there', 'do-go', () => goTo(node.g));
  if (current.children[place].length) {
    button(current.folded.has(place) ? 'Unfold' : 'Fold', 'do-fold', () => { current.toggle(place); choose(place); tools(); });
    if (place !== current.root) button('Start here', 'do-start', () => { current.start(place); choose(place); tools(); });
  }
}

function goTo(place, soft) {
  current.reveal(place);
  current.centre(place);
  current.ring(place, soft);
  choose(place);
  tools();
}

// A box was clicked or entered: chips lead on, others fold.
function activate(place) {
  const target = current.own.nodes[place].g;
  if (target !== undefined) { goTo(target); return; }
  current.toggle(place);
  current.ring(place, true);
  choose(place);
  tools();
}

// Search, over all pictures.
let hits = [], hit = -1;
function look() {
  const wanted = fold(search.value.trim()), number = digits(wanted);
  hits = [];
  hit = -1;
  if (wanted) {
    const byNumber = number.length >= 3 && number.length >= wanted.replace(/[\s+().-]/g, '').length;
    const first = pictures.indexOf(current);
    const order = [...pictures.keys()].map((turn) => (first + turn) % pictures.length);
    for (const picture of order) {
      pictures[picture].own.nodes.forEach((node, place) => {
        if (node.text.includes(wanted) || (byNumber && node.digits.includes(number))) hits.push([picture, place]);
      });
    }
  }
  if (hits.length) step(1); else {
    current.ring(-1);
    found.textContent = wanted ? 'nothing found' : '';
  }
}

function step(by) {
  if (!hits.length) return;
  hit = (hit + by + hits.length) % hits.length;
  const [picture, place] = hits[hit];
  if (pictures[picture] !== current) { current.ring(-1); turnTo(picture); }
  goTo(place);
  found.textContent = `${hit + 1} of ${hits.length}`;
}

search.addEventListener('input', look);
search.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') { event.preventDefault(); step(event.shiftKey ? -1 : 1); }
  if (event.key === 'Escape') { search.value = ''; look(); search.blur(); choose(-1); }
});
